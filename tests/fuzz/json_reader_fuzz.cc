// What the reader accepts must come back equal when written in either style and read again.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "wire/json_reader.h"
#include "wire/write_json_value.h"

namespace obrol {
namespace {

// Escapes make a text longer, so what is written gets room.
constexpr JsonLimits limits{.bytes_max = 64 * 1024, .depth_max = 32};
constexpr JsonLimits limits_of_written{.bytes_max = 16 * limits.bytes_max, .depth_max = limits.depth_max};

std::string written(const JsonValue& value, JsonStyle style) {
    std::string text;
    JsonWriter writer(text, style);
    write_json_value(writer, value);
    return text;
}

bool is_printable_ascii(char c) {
    return c >= ' ' && c <= '~';
}

}  // namespace

void fuzz_json_reader(std::string_view input) {
    const auto value = read_json(input, limits);
    if (!value) {
        OBROL_CHECK(!value.error().what.empty() && value.error().offset <= input.size());
        return;
    }
    for (const JsonStyle style : {JsonStyle::python, JsonStyle::compact}) {
        const std::string text = written(*value, style);
        OBROL_CHECK(is_valid_utf8(text));
        OBROL_CHECK(style == JsonStyle::compact || std::ranges::all_of(text, is_printable_ascii));
        const auto again = read_json(text, limits_of_written);
        OBROL_CHECK(again.has_value());
        OBROL_CHECK(*again == *value);
        OBROL_CHECK(written(*again, style) == text);
    }
}

}  // namespace obrol
