#include "base/crypto/signing.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

// RFC 8032, section 7.1, test 1: the empty text.
constexpr SigningSeed published_seed{0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                     0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                     0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
constexpr PublicKey published_key{0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                  0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                  0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

TEST(Signing, GivesThePublishedKeyAndSignature) {
    const SigningKey key(published_seed);
    EXPECT_EQ(key.public_key(), published_key);
    const Signature signature = key.sign("");
    EXPECT_EQ(signature[0], 0xe5);
    EXPECT_EQ(signature[1], 0x56);
    EXPECT_EQ(signature[63], 0x0b);
    EXPECT_TRUE(is_signed_by(published_key, "", signature));
}

TEST(Signing, HoldsForThatKeyThatTextAndThatSignatureOnly) {
    const SigningKey key(published_seed);
    SigningSeed other_seed = published_seed;
    other_seed[0] ^= 1u;
    const SigningKey other(other_seed);
    Signature signature = key.sign("halo");
    EXPECT_TRUE(is_signed_by(key.public_key(), "halo", signature));
    EXPECT_FALSE(is_signed_by(key.public_key(), "hali", signature));
    EXPECT_FALSE(is_signed_by(other.public_key(), "halo", signature));
    signature[10] ^= 1u;
    EXPECT_FALSE(is_signed_by(key.public_key(), "halo", signature));
}

TEST(Signing, SeedsComeFromTheGivenRandomness) {
    SeededRandom source(7);
    ReproducibleSecureRandom random(source);
    EXPECT_NE(SigningKey::make_seed(random), SigningKey::make_seed(random));
}

}  // namespace
}  // namespace obrol
