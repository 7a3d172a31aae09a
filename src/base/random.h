// Randomness as a seam. Random is fast and reproducible from its seed: message ids, jitter, simulated worlds.
// SecureRandom is for what must not be guessed: tokens, salts, codes (implementation: base/crypto).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace obrol {

class Random {
  public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    // Uniform in [0, bound); bound must be positive.
    std::uint64_t below(std::uint64_t bound);
    // True `numerator` times in `denominator`.
    bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }
};

class SecureRandom {
  public:
    virtual ~SecureRandom() = default;
    virtual void fill(std::span<std::byte> out) = 0;
};

// xoshiro256** 1.0 (Blackman and Vigna, 2018), seeded through SplitMix64. One instance belongs to one thread.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed);
    std::uint64_t next() override;

  private:
    std::uint64_t state_[4];
};

// For simulated worlds: "secure" bytes that a seed reproduces. `source` must outlive it.
class ReproducibleSecureRandom final : public SecureRandom {
  public:
    explicit ReproducibleSecureRandom(Random& source) : source_(source) {}
    void fill(std::span<std::byte> out) override;

  private:
    Random& source_;
};

}  // namespace obrol
