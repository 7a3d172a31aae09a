#include "base/crypto/password.h"

#include <array>
#include <sodium.h>

#include "base/check.h"

namespace obrol {

std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost) {
    OBROL_CHECK(sodium_init() >= 0);
    std::array<char, crypto_pwhash_STRBYTES> encoded{};
    const int failed = crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), cost.iterations,
                                             cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) return std::nullopt;
    return std::string(encoded.data());
}

bool verify_password(std::string_view password, const std::string& encoded) {
    OBROL_CHECK(sodium_init() >= 0);
    // libsodium reads a fixed-size field.
    std::array<char, crypto_pwhash_STRBYTES> field{};
    if (encoded.size() >= field.size()) return false;
    encoded.copy(field.data(), encoded.size());
    return crypto_pwhash_str_verify(field.data(), password.data(), password.size()) == 0;
}

}  // namespace obrol
