#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace obrol {
namespace {

constexpr bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u;
}

// Length promised by a first byte; 0 for a byte that cannot be first. 0xC0, 0xC1 and 0xF5… would only begin overlong
// forms and values above U+10FFFF.
constexpr std::size_t promised_length(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return 2;
    if (first < 0xF0) return 3;
    return first < 0xF5 ? 4 : 0;
}

constexpr bool is_allowed(char32_t value, std::size_t bytes) {
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value >= smallest[bytes] && value <= 0x10FFFF && !surrogate;
}

// Most text is ASCII: eight bytes at a time.
std::size_t ascii_prefix_in_words(std::string_view text) {
    std::size_t length = 0;
    for (; text.size() - length >= sizeof(std::uint64_t); length += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + length, sizeof word);
        if ((word & 0x8080808080808080u) != 0) break;
    }
    return length;
}

}  // namespace

std::optional<CodePoint> decode_code_point(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t bytes = promised_length(first);
    if (bytes == 0 || bytes > text.size()) return std::nullopt;
    if (bytes == 1) return CodePoint{first, 1};
    char32_t value = first & (0x7Fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!is_continuation(text[i])) return std::nullopt;
        value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    }
    if (!is_allowed(value, bytes)) return std::nullopt;
    return CodePoint{value, bytes};
}

std::size_t valid_utf8_prefix(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size()) {
        const std::string_view rest = text.substr(length);
        if (const std::size_t ascii = ascii_prefix_in_words(rest); ascii > 0) {
            length += ascii;
            continue;
        }
        const std::optional<CodePoint> code_point = decode_code_point(rest);
        if (!code_point) break;
        length += code_point->bytes;
    }
    return length;
}

bool is_valid_utf8(std::string_view text) {
    return valid_utf8_prefix(text) == text.size();
}

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

std::size_t count_code_points(std::string_view text) {
    const auto continuations = std::ranges::count_if(text, is_continuation);
    return text.size() - static_cast<std::size_t>(continuations);
}

}  // namespace obrol
