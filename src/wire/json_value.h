// A JSON value as read from the wire (json_reader.h). A plain value: copies own everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace obrol {

struct JsonMember;

class JsonValue {
  public:
    using Array = std::vector<JsonValue>;
    // In the order of the text; names are unique when it comes from the reader.
    using Object = std::vector<JsonMember>;

    JsonValue() = default;  // null
    explicit JsonValue(bool value);
    explicit JsonValue(std::int64_t value);
    explicit JsonValue(double value);
    explicit JsonValue(std::string value);
    explicit JsonValue(Array value);
    explicit JsonValue(Object value);
    JsonValue(const char*) = delete;  // would turn into a bool

    // Each gives nothing when the value is of another kind. A real is never taken for an integer or the reverse.
    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    std::optional<bool> as_boolean() const { return copy_of<bool>(); }
    std::optional<std::int64_t> as_integer() const { return copy_of<std::int64_t>(); }
    std::optional<double> as_real() const { return copy_of<double>(); }
    const std::string* as_string() const { return std::get_if<std::string>(&value_); }
    const Array* as_array() const { return std::get_if<Array>(&value_); }
    const Object* as_object() const { return std::get_if<Object>(&value_); }

    // The member of that name; null when there is none or this is no object. Linear: objects on the wire are small.
    const JsonValue* find(std::string_view name) const;

    bool operator==(const JsonValue& other) const;

  private:
    template <class T>
    std::optional<T> copy_of() const {
        const T* value = std::get_if<T>(&value_);
        return value == nullptr ? std::nullopt : std::optional<T>(*value);
    }

    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonMember {
    std::string name;
    JsonValue value;

    bool operator==(const JsonMember&) const = default;
};

}  // namespace obrol
