#include "core/login_guard.h"

namespace obrol {

LoginGuard::LoginGuard(Limits limits, std::size_t keys_max)
    : per_source_(limits.failed_per_source, keys_max),
      per_source_and_user_(limits.failed_per_source_and_user, keys_max),
      per_user_(limits.failed_per_user, keys_max),
      known_(keys_max) {}

bool LoginGuard::is_known(const std::string& source, const std::string& user) {
    return known_.find(pair_of(source, user)) != nullptr;
}

std::optional<Duration> LoginGuard::begin(const std::string& source, const std::string& user, MonotonicTime now) {
    const std::string pair = pair_of(source, user);
    const bool counts_for_user = !is_known(source, user);
    std::optional<Duration> wait = per_source_.look(source, now);
    if (!wait) wait = per_source_and_user_.look(pair, now);
    if (!wait && counts_for_user) wait = per_user_.look(user, now);
    if (wait) return wait;
    static_cast<void>(per_source_.take(source, now));
    static_cast<void>(per_source_and_user_.take(pair, now));
    if (counts_for_user) static_cast<void>(per_user_.take(user, now));
    return std::nullopt;
}

void LoginGuard::forgive(const std::string& source, const std::string& user, MonotonicTime now) {
    per_source_.give_back(source, now);
    per_source_and_user_.give_back(pair_of(source, user), now);
    if (!is_known(source, user)) per_user_.give_back(user, now);
}

void LoginGuard::remember(const std::string& source, const std::string& user) {
    known_.put(pair_of(source, user), true);
}

}  // namespace obrol
