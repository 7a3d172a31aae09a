#include "base/crypto/signing.h"

#include <sodium.h>
#include <span>

#include "base/check.h"

namespace obrol {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

SigningKey::SigningKey(const SigningSeed& seed) {
    OBROL_CHECK(sodium_init() >= 0);
    OBROL_CHECK(crypto_sign_seed_keypair(public_key_.data(), secret_.data(), seed.data()) == 0);
}

SigningKey::~SigningKey() {
    sodium_memzero(secret_.data(), secret_.size());
}

SigningSeed SigningKey::make_seed(SecureRandom& random) {
    SigningSeed seed{};
    random.fill(std::as_writable_bytes(std::span(seed)));
    return seed;
}

Signature SigningKey::sign(std::string_view text) const {
    Signature signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes_of(text), text.size(), secret_.data());
    return signature;
}

bool is_signed_by(const PublicKey& key, std::string_view text, const Signature& signature) {
    return crypto_sign_verify_detached(signature.data(), bytes_of(text), text.size(), key.data()) == 0;
}

}  // namespace obrol
