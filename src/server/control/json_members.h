// JSON objects and lists, member by member. Internal to control/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "wire/json_writer.h"

namespace obrol::control {

// Appends members to an object.
class Members {
  public:
    explicit Members(JsonWriter& json) : json_(json) {}

    Members& text(std::string_view name, std::string_view value) {
        json_.key(name);
        json_.string(value);
        return *this;
    }
    template <class Integer>
    Members& number(std::string_view name, Integer value) {
        json_.key(name);
        json_.integer(value);
        return *this;
    }
    Members& flag(std::string_view name, bool value) {
        json_.key(name);
        json_.boolean(value);
        return *this;
    }
    // null: none.
    Members& time(std::string_view name, std::optional<WallTime> value) {
        if (value) return text(name, rfc3339(*value));
        json_.key(name);
        json_.null();
        return *this;
    }
    // null: none.
    template <class Integer>
    Members& number(std::string_view name, const std::optional<Integer>& value) {
        if (value) return number(name, *value);
        json_.key(name);
        json_.null();
        return *this;
    }
    JsonWriter& under(std::string_view name) {
        json_.key(name);
        return json_;
    }

  private:
    JsonWriter& json_;
};

template <class Fill>
void write_object(JsonWriter& json, Fill fill) {
    json.begin_object();
    Members members(json);
    fill(members);
    json.end_object();
}

template <class Fill>
std::string object(Fill fill) {
    std::string text;
    JsonWriter json(text, JsonStyle::compact);
    write_object(json, fill);
    return text;
}

template <class Items, class Fill>
void write_list(JsonWriter& json, const Items& items, Fill fill) {
    json.begin_array();
    for (const auto& item : items)
        write_object(json, [&](Members& members) { fill(members, item); });
    json.end_array();
}

template <class Texts>
void write_texts(JsonWriter& json, const Texts& texts) {
    json.begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

}  // namespace obrol::control
