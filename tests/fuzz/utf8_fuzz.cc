// The validator, the decoder and the counter must agree, and what was decoded must encode back to the same bytes.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"

namespace obrol {
namespace {

std::string encode(char32_t value) {
    const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
    const auto tail = [&](int shift, char32_t v) { return byte(0x80 | (v >> shift & 0x3F)); };
    if (value < 0x80) return {byte(value)};
    if (value < 0x800) return {byte(0xC0 | value >> 6), tail(0, value)};
    if (value < 0x10000) return {byte(0xE0 | value >> 12), tail(6, value), tail(0, value)};
    return {byte(0xF0 | value >> 18), tail(12, value), tail(6, value), tail(0, value)};
}

}  // namespace

void fuzz_utf8(std::string_view text) {
    const std::size_t valid = valid_utf8_prefix(text);
    OBROL_CHECK(valid <= text.size());
    OBROL_CHECK(is_valid_utf8(text) == (valid == text.size()));
    std::size_t place = 0;
    std::size_t code_points = 0;
    while (const auto decoded = decode_code_point(text.substr(place))) {
        OBROL_CHECK(decoded->value <= 0x10FFFF && (decoded->value < 0xD800 || decoded->value > 0xDFFF));
        OBROL_CHECK(text.substr(place, decoded->bytes) == encode(decoded->value));
        place += decoded->bytes;
        ++code_points;
    }
    OBROL_CHECK(place == valid);
    OBROL_CHECK(count_code_points(text.substr(0, valid)) == code_points);
}

}  // namespace obrol
