#include "bench/text_stamp.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace obrol::bench {
namespace {

constexpr char mark = 'T';
constexpr std::size_t number_digits = 8;
constexpr std::string_view digits = "0123456789abcdef";
constexpr std::uint8_t no_digit = 0x80;

// A table: this is read for every delivery, millions of times a second.
constexpr std::array<std::uint8_t, 256> digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

void write_number(char* at, std::uint32_t number) {
    for (std::size_t i = number_digits; i > 0; --i, number >>= 4)
        at[i - 1] = digits[number & 15];
}

// False when there is another character among them.
bool read_number(const char* at, std::uint32_t& number) {
    std::uint8_t all = 0;
    number = 0;
    for (std::size_t i = 0; i < number_digits; ++i) {
        const std::uint8_t value = digit_values[static_cast<unsigned char>(at[i])];
        all |= value;
        number = number << 4 | value;
    }
    return (all & no_digit) == 0;
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
