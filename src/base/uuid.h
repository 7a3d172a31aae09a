// 128-bit identifiers (RFC 9562): version 4 for session tokens, version 7 for message ids.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace obrol {

struct Uuid {
    static constexpr std::size_t text_size = 36;

    std::array<std::uint8_t, 16> bytes{};

    // Entirely random: cannot be guessed.
    static Uuid version4(SecureRandom& random);
    // Begins with the time in milliseconds, so ids made later sort later (to the millisecond); not a secret.
    static Uuid version7(WallTime now, Random& random);
    // Another id of the same version and time, as good as random when this one is; the same for the same n, which is
    // above 0.
    Uuid sibling(std::uint32_t n) const;
    // The 8-4-4-4-12 form with hexadecimal digits of either case; any version.
    static std::optional<Uuid> parse(std::string_view text);
    std::string to_string() const;

    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

// Whether `text` has the form of a UUID: such a first argument is a token (PROTOCOLS.md: common rules).
bool has_uuid_form(std::string_view text);

}  // namespace obrol

template <>
struct std::hash<obrol::Uuid> {
    std::size_t operator()(const obrol::Uuid& id) const noexcept {
        std::uint64_t tail = 0;
        for (std::size_t i = 8; i < 16; ++i)
            tail = tail << 8 | id.bytes[i];
        return static_cast<std::size_t>(tail);
    }
};
