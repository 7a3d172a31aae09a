#include "dialects/json_texts.h"

namespace obrol {

std::string text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    const std::string* text = member ? member->as_string() : nullptr;
    return text ? *text : std::string();
}

std::vector<std::string> texts_of(const JsonValue& object, std::string_view name) {
    std::vector<std::string> texts;
    for (const JsonValue& item : items_of(object, name))
        if (const std::string* text = item.as_string()) texts.push_back(*text);
    return texts;
}

const JsonValue::Array& items_of(const JsonValue& object, std::string_view name) {
    static const JsonValue::Array none;
    const JsonValue* member = object.find(name);
    const JsonValue::Array* items = member ? member->as_array() : nullptr;
    return items ? *items : none;
}

}  // namespace obrol
