#include "apps/obrold/argon2_hasher.h"

#include <algorithm>
#include <utility>

#include "base/crypto/password.h"

namespace obrol {

std::size_t hashing_threads(const HashingOptions& options, std::size_t cores) {
    const std::size_t fitting = options.memory_total_kib / options.cost.memory_kib;
    return std::max<std::size_t>(1, std::min(fitting, cores));
}

Task<std::optional<std::string>> Argon2Hasher::hash(std::string password) {
    if (waiting_and_running_ >= waiting_and_running_max_) co_return std::nullopt;
    ++waiting_and_running_;
    auto work = workers_.run([&] { return hash_password(password, options_.cost); });
    std::optional<std::string> encoded = co_await work;
    --waiting_and_running_;
    co_return encoded;
}

Task<std::optional<bool>> Argon2Hasher::verify(std::string password, std::string encoded) {
    if (waiting_and_running_ >= waiting_and_running_max_) co_return std::nullopt;
    ++waiting_and_running_;
    auto work = workers_.run([&] { return verify_password(password, encoded); });
    const bool matches = co_await work;
    --waiting_and_running_;
    co_return matches;
}

}  // namespace obrol
