#include "base/random.h"

#include <bit>

#include "base/check.h"

namespace obrol {

std::uint64_t Random::below(std::uint64_t bound) {
    OBROL_CHECK(bound > 0);
    // Reject the incomplete last interval, so that every value is equally likely.
    const std::uint64_t usable = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t value = next();
    while (value >= usable)
        value = next();
    return value % bound;
}

SeededRandom::SeededRandom(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
        seed += 0x9E3779B97F4A7C15ull;
        std::uint64_t mixed = seed;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ull;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBull;
        word = mixed ^ (mixed >> 31);
    }
}

std::uint64_t SeededRandom::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

void ReproducibleSecureRandom::fill(std::span<std::byte> out) {
    for (std::byte& byte : out)
        byte = static_cast<std::byte>(source_.next());
}

}  // namespace obrol
