// Password hashing in a simulated world: as quick as a digest, as slow in virtual time as the queue it runs on.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/password_hasher.h"
#include "io/work_queue.h"

namespace obrol {

class KeyedHasher final : public PasswordHasher {
  public:
    // `queue` must outlive it. Hashes of one key mean nothing under another.
    KeyedHasher(WorkQueue& queue, std::string key) : queue_(queue), key_(std::move(key)) {}

    Task<std::optional<std::string>> hash(std::string password) override;
    Task<std::optional<bool>> verify(std::string password, std::string encoded) override;

  private:
    WorkQueue& queue_;
    std::string key_;
};

}  // namespace obrol
