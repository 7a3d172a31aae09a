#include "base/uuid.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/uuid_text.h"

namespace obrol {
namespace {

constexpr bool is_dash_position(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

using HexPair = std::array<char, 2>;

// Every byte in two digits: each message carries its id twice.
constexpr std::array<HexPair, 256> hex_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<HexPair, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {digits[byte >> 4], digits[byte & 0x0F]};
    return pairs;
}();

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void set_version(Uuid& id, unsigned version) {
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0Fu) | version << 4);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3Fu) | 0x80u);
}

}  // namespace

Uuid Uuid::version4(SecureRandom& random) {
    Uuid id;
    random.fill(std::as_writable_bytes(std::span(id.bytes)));
    set_version(id, 4);
    return id;
}

Uuid Uuid::version7(WallTime now, Random& random) {
    Uuid id;
    const auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
    const std::uint64_t words[2] = {random.next(), random.next()};
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    for (std::size_t i = 6; i < 16; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (i % 8 * 8));
    set_version(id, 7);
    return id;
}

Uuid Uuid::sibling(std::uint32_t n) const {
    Uuid other = *this;
    for (std::size_t i = 0; i < sizeof(n); ++i, n >>= 8u)
        other.bytes[other.bytes.size() - 1 - i] ^= static_cast<std::uint8_t>(n & 0xFFu);
    return other;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != text_size) return std::nullopt;
    Uuid id;
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < text_size; ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return std::nullopt;
        std::uint8_t& byte = id.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>(byte << 4 | value);
        ++nibble;
    }
    return id;
}

std::string Uuid::to_string() const {
    std::string text(text_size, '\0');
    write_text(*this, text.data());
    return text;
}

char* write_text(const Uuid& id, char* place) {
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *place++ = '-';
        place = std::ranges::copy(hex_pairs[id.bytes[i]], place).out;
    }
    return place;
}

bool has_uuid_form(std::string_view text) {
    return Uuid::parse(text).has_value();
}

}  // namespace obrol
