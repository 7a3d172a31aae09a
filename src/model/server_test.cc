#include "model/server.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

// SHA-256 of 32 zero bytes begins 66687aadf862bd776c8fc18b8e9f8e20.
TEST(Server, AFingerprintIsHalfOfADigestInGroups) {
    EXPECT_EQ(fingerprint(PublicKey{}), "6668 7aad f862 bd77 6c8f c18b 8e9f 8e20");
}

TEST(Server, LabelsAreShortAndPlain) {
    EXPECT_TRUE(is_server_label("B"));
    EXPECT_TRUE(is_server_label("lab-2.kampus_x"));
    EXPECT_TRUE(is_server_label(std::string(63, 'a')));
    EXPECT_FALSE(is_server_label(std::string(64, 'a')));
    EXPECT_FALSE(is_server_label(""));
    EXPECT_FALSE(is_server_label("-a"));
    EXPECT_FALSE(is_server_label("a b"));
    EXPECT_FALSE(is_server_label("a@b"));
    EXPECT_FALSE(is_server_label("B~3f2a"));
}

}  // namespace
}  // namespace obrol
