#include "bench/text_stamp.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace obrol::bench {
namespace {

constexpr char mark = 'T';
constexpr std::size_t number_digits = 8;
constexpr std::string_view digits = "0123456789abcdef";

// The same byte eight times.
constexpr std::uint64_t eight(std::uint8_t byte) {
    return byte * std::uint64_t{0x0101010101010101};
}

void write_number(char* at, std::uint32_t number) {
    for (std::size_t i = number_digits; i > 0; --i, number >>= 4)
        at[i - 1] = digits[number & 15];
}

// False when there is another character among them. All eight at once: this is read for every delivery, millions of
// times a second. No sum below leaves its byte.
bool read_number(const char* at, std::uint32_t& number) {
    std::uint64_t characters = 0;
    std::memcpy(&characters, at, number_digits);
    const std::uint64_t letters = (characters & eight(0x40)) >> 6;  // 1 for each
    const std::uint64_t values = (characters & eight(0x0f)) + letters * 9;
    const std::uint64_t written = values + eight('0') + letters * ('a' - '9' - 1);
    const std::uint64_t not_below = eight(0x80) + values - letters * 10;
    const std::uint64_t not_above = eight(0x80 + 9) + letters * 6 - values;
    if (written != characters || (not_below & not_above & eight(0x80)) != eight(0x80)) return false;
    // The first character is the highest digit; then pairs of digits, of bytes, of two bytes move together.
    std::uint64_t packed = std::endian::native == std::endian::little ? __builtin_bswap64(values) : values;
    packed = (packed | packed >> 4) & 0x00ff00ff00ff00ff;
    packed = (packed | packed >> 8) & 0x0000ffff0000ffff;
    number = static_cast<std::uint32_t>(packed | packed >> 16);
    return true;
}

}  // namespace

void write_stamp(const TextStamp& stamp, std::string& text) {
    OBROL_CHECK(text.size() >= stamped_text_size_min);
    text.front() = mark;
    write_number(text.data() + 1, stamp.sender);
    write_number(text.data() + 1 + number_digits, stamp.number);
    std::fill(text.begin() + stamped_text_size_min, text.end(), 'x');
}

std::optional<TextStamp> read_stamp(std::string_view text) {
    TextStamp stamp;
    if (text.size() < stamped_text_size_min || text.front() != mark || !read_number(text.data() + 1, stamp.sender) ||
        !read_number(text.data() + 1 + number_digits, stamp.number))
        return std::nullopt;
    return stamp;
}

}  // namespace obrol::bench
