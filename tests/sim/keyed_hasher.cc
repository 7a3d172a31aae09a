#include "tests/sim/keyed_hasher.h"

#include <fmt/core.h>

#include "base/crypto/digest.h"

namespace obrol {
namespace {

// A value, not a capturing coroutine: it is called on the queue.
struct Encode {
    std::string key;
    std::string password;

    std::string operator()() const {
        std::string encoded = "keyed$";
        for (const std::uint8_t byte : digest(key + '\0' + password))
            fmt::format_to(std::back_inserter(encoded), "{:02x}", byte);
        return encoded;
    }
};

}  // namespace

Task<std::optional<std::string>> KeyedHasher::hash(std::string password) {
    auto work = queue_.run(Encode{key_, std::move(password)});
    std::string encoded = co_await work;
    co_return encoded;
}

Task<std::optional<bool>> KeyedHasher::verify(std::string password, std::string encoded) {
    auto work = queue_.run(Encode{key_, std::move(password)});
    const std::string right = co_await work;
    co_return right == encoded;
}

}  // namespace obrol
