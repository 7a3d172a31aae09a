#include "base/hexadecimal.h"

#include <cstddef>

namespace obrol {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string to_hexadecimal(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4u]);
        text.push_back(digits[byte & 0xFu]);
    }
    return text;
}

bool parse_hexadecimal(std::string_view text, std::span<std::uint8_t> bytes) {
    if (text.size() != 2 * bytes.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t high = digits.find(text[2 * i]);
        const std::size_t low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        bytes[i] = static_cast<std::uint8_t>(high << 4u | low);
    }
    return true;
}

}  // namespace obrol
