// How often a password may be guessed: by one source, by one source for one user, and for one user by all sources
// together. A source from which somebody logged in to an account before does not share in the last of them, so
// strangers cannot shut its owner out.
//
// Sources are numeric addresses, users name keys; names that nobody has count as well, so the limits do not tell them
// apart. Memory is bounded: what was not used for longest is forgotten. On core's thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/lru_cache.h"
#include "core/rate_limiter.h"

namespace obrol {

class LoginGuard {
  public:
    struct Limits {
        RateLimit failed_per_source{20, 10};
        RateLimit failed_per_source_and_user{5, 2};
        RateLimit failed_per_user{100, 20};  // by sources that are not known to that user
    };

    LoginGuard(Limits limits, std::size_t keys_max);

    // Call before a password is checked: counts the attempt as failed, so that many at once cannot overtake the count;
    // or says how long to wait, and counts nothing.
    std::optional<Duration> begin(const std::string& source, const std::string& user, MonotonicTime now);
    // The attempt was no guess at all: it does not count.
    void forgive(const std::string& source, const std::string& user, MonotonicTime now);
    // The source is known to the user from now on.
    void remember(const std::string& source, const std::string& user);

  private:
    static std::string pair_of(const std::string& source, const std::string& user) { return source + ' ' + user; }
    bool is_known(const std::string& source, const std::string& user);

    RateLimiter per_source_;
    RateLimiter per_source_and_user_;
    RateLimiter per_user_;
    LruCache<std::string, bool> known_;
};

}  // namespace obrol
