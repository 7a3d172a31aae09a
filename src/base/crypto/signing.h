// Ed25519 signatures (RFC 8032) through libsodium: who a server is, and what it said.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace obrol {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
using SigningSeed = std::array<std::uint8_t, 32>;  // the secret that is kept

// Immutable; safe from any thread. Overwrites its secret at the end.
class SigningKey {
  public:
    explicit SigningKey(const SigningSeed& seed);
    ~SigningKey();
    SigningKey(const SigningKey&) = delete;
    SigningKey& operator=(const SigningKey&) = delete;

    static SigningSeed make_seed(SecureRandom& random);

    const PublicKey& public_key() const { return public_key_; }
    // The same text gives the same signature.
    Signature sign(std::string_view text) const;

  private:
    PublicKey public_key_{};
    std::array<std::uint8_t, 64> secret_{};
};

bool is_signed_by(const PublicKey& key, std::string_view text, const Signature& signature);

}  // namespace obrol
