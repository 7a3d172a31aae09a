#include "core/rate_limiter.h"

#include <algorithm>

namespace obrol {

RateLimiter::Bucket& RateLimiter::current(const std::string& key, MonotonicTime now) {
    Bucket* bucket = buckets_.find(key);
    if (!bucket) return buckets_.put(key, Bucket{static_cast<double>(limit_.burst), now});
    const std::chrono::duration<double, std::ratio<60>> minutes = now - bucket->at;
    bucket->left = std::min<double>(limit_.burst, bucket->left + minutes.count() * limit_.per_minute);
    bucket->at = now;
    return *bucket;
}

Duration RateLimiter::wait_for_one(const Bucket& bucket) const {
    if (limit_.per_minute == 0) return std::chrono::hours(24);
    const std::chrono::duration<double, std::ratio<60>> minutes((1 - bucket.left) / limit_.per_minute);
    // Rounded up, so that whoever waits so long finds one.
    return std::chrono::ceil<std::chrono::milliseconds>(minutes);
}

std::optional<Duration> RateLimiter::take(const std::string& key, MonotonicTime now) {
    if (limit_.burst == 0) return std::nullopt;
    Bucket& bucket = current(key, now);
    if (bucket.left < 1) return wait_for_one(bucket);
    bucket.left -= 1;
    return std::nullopt;
}

void RateLimiter::charge(const std::string& key, MonotonicTime now, double amount) {
    if (limit_.burst > 0) current(key, now).left -= amount;
}

void RateLimiter::give_back(const std::string& key, MonotonicTime now) {
    if (limit_.burst == 0 || !buckets_.find(key)) return;
    Bucket& bucket = current(key, now);
    bucket.left += 1;
    if (bucket.left >= limit_.burst) buckets_.erase(key);
}

std::optional<Duration> RateLimiter::look(const std::string& key, MonotonicTime now) {
    if (limit_.burst == 0 || !buckets_.find(key)) return std::nullopt;
    const Bucket& bucket = current(key, now);
    if (bucket.left < 1) return wait_for_one(bucket);
    if (bucket.left >= limit_.burst) buckets_.erase(key);
    return std::nullopt;
}

}  // namespace obrol
