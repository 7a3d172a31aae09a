// Password hashing as a seam: Argon2id on a bounded pool in a real server, a keyed fake in a simulated world.
#pragma once

#include <optional>
#include <string>

#include "io/task.h"

namespace obrol {

class PasswordHasher {
  public:
    virtual ~PasswordHasher() = default;

    // An encoded hash with its own random salt; none when too many requests are waiting (answer: busy).
    virtual Task<std::optional<std::string>> hash(std::string password) = 0;
    // Whether `password` is the one behind `encoded`; none when too many requests are waiting.
    virtual Task<std::optional<bool>> verify(std::string password, std::string encoded) = 0;
};

}  // namespace obrol
