#include "wire/json_value.h"

#include <algorithm>
#include <utility>

namespace obrol {

JsonValue::JsonValue(bool value) : value_(value) {}
JsonValue::JsonValue(std::int64_t value) : value_(value) {}
JsonValue::JsonValue(double value) : value_(value) {}
JsonValue::JsonValue(std::string value) : value_(std::move(value)) {}
JsonValue::JsonValue(Array value) : value_(std::move(value)) {}
JsonValue::JsonValue(Object value) : value_(std::move(value)) {}

const JsonValue* JsonValue::find(std::string_view name) const {
    const Object* object = as_object();
    if (object == nullptr) return nullptr;
    const auto member = std::ranges::find(*object, name, &JsonMember::name);
    return member == object->end() ? nullptr : &member->value;
}

bool JsonValue::operator==(const JsonValue& other) const = default;

}  // namespace obrol
