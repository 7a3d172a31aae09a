// Argon2id on a bounded number of threads: as many hashes at once as their memory allows, the others wait in line, and
// past a limit further ones are refused (DESIGN section 1: memory stays bounded).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "apps/config/config.h"
#include "core/password_hasher.h"
#include "io/task.h"
#include "io/work_queue.h"

namespace obrol {

// How many hashes fit into the memory that is set for them: at least one, at most as many as there are cores.
std::size_t hashing_threads(const HashingOptions& options, std::size_t cores);

class Argon2Hasher final : public PasswordHasher {
  public:
    // `workers` has hashing_threads() threads and must outlive it. Hashes that were made under other settings are
    // verified at the cost they name.
    Argon2Hasher(WorkQueue& workers, HashingOptions options, std::size_t threads)
        : workers_(workers), options_(options), waiting_and_running_max_(options.waiting_max + threads) {}

    Task<std::optional<std::string>> hash(std::string password) override;
    Task<std::optional<bool>> verify(std::string password, std::string encoded) override;

  private:
    WorkQueue& workers_;
    HashingOptions options_;
    std::size_t waiting_and_running_max_;
    std::size_t waiting_and_running_ = 0;
};

}  // namespace obrol
