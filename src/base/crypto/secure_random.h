// The operating system's generator through libsodium.
#pragma once

#include "base/random.h"

namespace obrol {

// Safe from any thread. The first construction initialises libsodium.
class SystemSecureRandom final : public SecureRandom {
  public:
    SystemSecureRandom();
    void fill(std::span<std::byte> out) override;
};

}  // namespace obrol
