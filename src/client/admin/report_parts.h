// What reports are made of: members of an answer, and how numbers, times and sizes are shown. Internal to admin/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/json_value.h"

namespace obrol::admin {

// Of an object: what is not there is null, empty, none, no items.
const JsonValue& member(const JsonValue& object, std::string_view name);
std::string text(const JsonValue& object, std::string_view name);
std::optional<std::int64_t> integer(const JsonValue& object, std::string_view name);
std::string number(const JsonValue& object, std::string_view name);
const JsonValue::Array& items(const JsonValue& object, std::string_view name);
// "2026-11-21T03:50:45.765Z" as "2026-11-21 03:50:45 UTC"; anything else as it is, nothing as `otherwise`.
std::string time(const JsonValue& object, std::string_view name, std::string_view otherwise = "");
std::string_view yes_or_no(const JsonValue& object, std::string_view name);

// "1 session", "2 sessions".
std::string counted(std::int64_t count, std::string_view what);
// "3d 4h".
std::string duration(std::int64_t seconds);
// "1.5 GiB".
std::string size(std::int64_t bytes);
// "name: value" lines whose values begin at the same place.
std::string lines(const std::vector<std::pair<std::string_view, std::string>>& rows);

}  // namespace obrol::admin
