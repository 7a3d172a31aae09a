#include "apps/obrolctl/passwords.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace obrol {
namespace {

TEST(GeneratedPasswords, AreTwentyCharactersThatCannotBeMixedUp) {
    SeededRandom source(7);
    ReproducibleSecureRandom random(source);
    std::set<char> seen;
    std::set<std::string> passwords;
    for (int i = 0; i < 200; ++i) {
        const std::string password = generate_password(random);
        ASSERT_EQ(password.size(), 23u) << password;
        EXPECT_EQ(std::count(password.begin(), password.end(), '-'), 3) << password;
        EXPECT_EQ(password.find_first_of("lo01"), std::string::npos) << password;
        seen.insert(password.begin(), password.end());
        passwords.insert(password);
    }
    EXPECT_EQ(passwords.size(), 200u);
    EXPECT_EQ(seen.size(), 33u) << "each of 32 and the dash comes up";
}

}  // namespace
}  // namespace obrol
