// How often something may happen, by key: token buckets. A bucket starts full with `burst` and gains `per_minute` a
// minute up to `burst`. Keys that are full again or were not used for longest are forgotten, so memory is bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/lru_cache.h"

namespace obrol {

struct RateLimit {
    std::uint32_t burst = 0;  // 0: no limit
    std::uint32_t per_minute = 0;

    friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

class RateLimiter {
  public:
    RateLimiter(RateLimit limit, std::size_t keys_max) : limit_(limit), buckets_(keys_max) {}

    // Takes one; or how long it takes until there is one.
    std::optional<Duration> take(const std::string& key, MonotonicTime now);
    // Takes so many, or a part of one, that have been used already, also where there are none: the next ones wait
    // longer.
    void charge(const std::string& key, MonotonicTime now, double amount = 1);
    // Gives back one that was taken.
    void give_back(const std::string& key, MonotonicTime now);
    // As take(), but takes nothing.
    std::optional<Duration> look(const std::string& key, MonotonicTime now);

  private:
    struct Bucket {
        double left = 0;
        MonotonicTime at{};
    };
    Bucket& current(const std::string& key, MonotonicTime now);
    Duration wait_for_one(const Bucket& bucket) const;

    RateLimit limit_;
    LruCache<std::string, Bucket> buckets_;
};

}  // namespace obrol
