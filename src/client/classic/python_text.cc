#include "client/classic/python_text.h"

#include <fmt/format.h>
#include <iterator>

#include "wire/json_writer.h"

namespace obrol {
namespace {

void write(JsonWriter& writer, const JsonValue& value) {
    if (const auto boolean = value.as_boolean()) {
        writer.boolean(*boolean);
    } else if (const auto integer = value.as_integer()) {
        writer.integer(*integer);
    } else if (const auto real = value.as_real()) {
        writer.real(*real);
    } else if (const std::string* text = value.as_string()) {
        writer.string(*text);
    } else if (const JsonValue::Array* array = value.as_array()) {
        writer.begin_array();
        for (const JsonValue& item : *array)
            write(writer, item);
        writer.end_array();
    } else if (const JsonValue::Object* object = value.as_object()) {
        writer.begin_object();
        for (const JsonMember& member : *object) {
            writer.key(member.name);
            write(writer, member.value);
        }
        writer.end_object();
    } else {
        writer.null();
    }
}

}  // namespace

std::string python_json(const JsonValue& value) {
    std::string text;
    JsonWriter writer(text, JsonStyle::python);
    write(writer, value);
    return text;
}

std::string python_bytes(std::string_view bytes) {
    const bool only_single_quotes =
        bytes.find('\'') != std::string_view::npos && bytes.find('"') == std::string_view::npos;
    const char quote = only_single_quotes ? '"' : '\'';
    std::string text{'b', quote};
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\')
            text.append({'\\', c});
        else if (c == '\t')
            text += "\\t";
        else if (c == '\n')
            text += "\\n";
        else if (c == '\r')
            text += "\\r";
        else if (byte < 0x20 || byte >= 0x7f)
            fmt::format_to(std::back_inserter(text), "\\x{:02x}", byte);
        else
            text += c;
    }
    return text += quote;
}

}  // namespace obrol
