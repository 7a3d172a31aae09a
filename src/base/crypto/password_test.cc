#include "base/crypto/password.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

constexpr PasswordCost cheap{.memory_kib = 8, .iterations = 1};

TEST(Password, VerifiesItsOwnHashesOnly) {
    const std::optional<std::string> encoded = hash_password("surabaya", cheap);
    ASSERT_TRUE(encoded);
    EXPECT_TRUE(verify_password("surabaya", *encoded));
    EXPECT_FALSE(verify_password("surabay", *encoded));
    EXPECT_FALSE(verify_password("", *encoded));
    EXPECT_FALSE(verify_password("surabaya", ""));
    EXPECT_FALSE(verify_password("surabaya", "surabaya"));
    EXPECT_FALSE(verify_password("surabaya", std::string(500, '$')));
}

TEST(Password, EveryHashHasItsOwnSaltAndNamesItsCost) {
    const std::optional<std::string> one = hash_password("surabaya", cheap);
    const std::optional<std::string> two = hash_password("surabaya", cheap);
    EXPECT_NE(one, two);
    EXPECT_EQ(one->find("$argon2id$v=19$m=8,t=1,p=1$"), 0u) << *one;
    EXPECT_EQ(hash_password("surabaya", {})->find("$argon2id$v=19$m=19456,t=2,p=1$"), 0u);
}

TEST(Password, ACostThatIsNoneGivesNone) {
    EXPECT_FALSE(hash_password("surabaya", {.memory_kib = 1, .iterations = 1}));
}

}  // namespace
}  // namespace obrol
