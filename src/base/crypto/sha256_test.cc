#include "base/crypto/sha256.h"

#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

std::string hexadecimal(const Sha256::Value& value) {
    std::string text;
    for (const std::uint8_t byte : value) {
        text.push_back("0123456789abcdef"[byte >> 4u]);
        text.push_back("0123456789abcdef"[byte & 0xFu]);
    }
    return text;
}

// The examples of FIPS 180-4's companion (NIST, "Examples with Intermediate Values").
TEST(Sha256, GivesThePublishedValues) {
    EXPECT_EQ(hexadecimal(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hexadecimal(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotDependOnThePieces) {
    std::string all;
    for (int i = 0; i < 1000; ++i)
        all.push_back(static_cast<char>(i));
    const Sha256::Value expected = sha256(all);
    for (const std::size_t piece : {1u, 63u, 64u, 65u, 999u}) {
        Sha256 pieces;
        for (std::size_t at = 0; at < all.size(); at += piece)
            pieces.update(std::string_view(all).substr(at, piece));
        EXPECT_EQ(pieces.finish(), expected) << piece;
    }
}

}  // namespace
}  // namespace obrol
