#include "base/crypto/secure_random.h"

#include <sodium.h>

#include "base/check.h"

namespace obrol {

SystemSecureRandom::SystemSecureRandom() {
    OBROL_CHECK(sodium_init() >= 0);
}

void SystemSecureRandom::fill(std::span<std::byte> out) {
    randombytes_buf(out.data(), out.size());
}

}  // namespace obrol
