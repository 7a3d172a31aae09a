// Integers that cannot be mistaken for one another: a UserId does not convert to a ConversationId.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace obrol {

template <class Tag>
struct StrongId {
    std::int64_t value = 0;  // 0 means "none"; stored ids start at 1

    constexpr StrongId() = default;
    constexpr explicit StrongId(std::int64_t raw) : value(raw) {}
    constexpr explicit operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace obrol

template <class Tag>
struct std::hash<obrol::StrongId<Tag>> {
    std::size_t operator()(obrol::StrongId<Tag> id) const noexcept {
        // Fibonacci hashing: consecutive ids spread over the buckets.
        return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15ull);
    }
};
