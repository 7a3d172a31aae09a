#include "client/admin/report_parts.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "client/admin/text_table.h"

namespace obrol::admin {

const JsonValue& member(const JsonValue& object, std::string_view name) {
    static const JsonValue none;
    const JsonValue* found = object.find(name);
    return found ? *found : none;
}

std::string text(const JsonValue& object, std::string_view name) {
    const std::string* value = member(object, name).as_string();
    return value ? *value : std::string();
}

std::optional<std::int64_t> integer(const JsonValue& object, std::string_view name) {
    return member(object, name).as_integer();
}

std::string number(const JsonValue& object, std::string_view name) {
    const std::optional<std::int64_t> value = integer(object, name);
    return value ? fmt::to_string(*value) : std::string();
}

const JsonValue::Array& items(const JsonValue& object, std::string_view name) {
    static const JsonValue::Array none;
    const JsonValue::Array* found = member(object, name).as_array();
    return found ? *found : none;
}

// "2026-11-21T03:50:45.765Z" as "2026-11-21 03:50:45 UTC"; anything else as it is, nothing as `otherwise`.
std::string time(const JsonValue& object, std::string_view name, std::string_view otherwise) {
    constexpr std::size_t date_bytes = 10;
    constexpr std::size_t seconds_bytes = 19;
    std::string value = text(object, name);
    if (value.empty()) return std::string(otherwise);
    if (value.size() <= seconds_bytes || value[date_bytes] != 'T' || !value.ends_with('Z')) return value;
    return value.substr(0, date_bytes) + " " + value.substr(date_bytes + 1, seconds_bytes - date_bytes - 1) + " UTC";
}

std::string_view yes_or_no(const JsonValue& object, std::string_view name) {
    return member(object, name).as_boolean() == true ? "yes" : "no";
}

// "1 session", "2 sessions".
std::string counted(std::int64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string duration(std::int64_t seconds) {
    constexpr std::array<std::pair<std::int64_t, char>, 4> units{{{86'400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
    std::string shown;
    int parts = 0;
    for (const auto& [length, letter] : units) {
        if (parts == 0 && seconds < length && length > 1) continue;
        shown += fmt::format("{}{}{}", parts == 0 ? "" : " ", seconds / length, letter);
        seconds %= length;
        if (++parts == 2) break;
    }
    return shown;
}

std::string size(std::int64_t bytes) {
    constexpr double step = 1024;
    constexpr std::array<const char*, 4> units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return fmt::format("{} bytes", bytes);
    double shown = static_cast<double>(bytes) / step;
    std::size_t unit = 0;
    for (; shown >= step && unit + 1 < units.size(); ++unit)
        shown /= step;
    return fmt::format("{:.1f} {}", shown, units[unit]);
}

// "name: value" lines whose values begin at the same place.
std::string lines(const std::vector<std::pair<std::string_view, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& [name, value] : rows)
        width = std::max(width, name.size());
    std::string shown;
    for (const auto& [name, value] : rows)
        shown +=
            fmt::format("{:<{}} {}\n", fmt::format("{}:", name), width + 1, value.empty() ? "-" : shown_text(value));
    return shown;
}

}  // namespace obrol::admin
