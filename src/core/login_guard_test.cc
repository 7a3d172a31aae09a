#include "core/login_guard.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

class LoginGuardTest : public testing::Test {
  protected:
    bool may_try(const std::string& source, const std::string& user) {
        return !guard.begin(source, user, now).has_value();
    }
    // So many different sources, each failing once.
    void guess(const std::string& user, int sources) {
        for (int i = 0; i < sources; ++i)
            EXPECT_TRUE(may_try("guesser" + std::to_string(i), user)) << i;
    }

    LoginGuard guard{{.failed_per_source = {4, 1}, .failed_per_source_and_user = {2, 1}, .failed_per_user = {6, 1}},
                     1000};
    MonotonicTime now{};
};

TEST_F(LoginGuardTest, OneSourceMayGuessSoOftenForOneUserAndForAll) {
    EXPECT_TRUE(may_try("a", "messi"));
    EXPECT_TRUE(may_try("a", "messi"));
    EXPECT_FALSE(may_try("a", "messi"));
    EXPECT_TRUE(may_try("a", "maya"));
    EXPECT_TRUE(may_try("a", "izza"));
    EXPECT_FALSE(may_try("a", "nania")) << "four by this source";
    EXPECT_TRUE(may_try("b", "messi"));
}

TEST_F(LoginGuardTest, ARefusedAttemptCountsNowhere) {
    EXPECT_TRUE(may_try("a", "messi"));
    EXPECT_TRUE(may_try("a", "messi"));
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(may_try("a", "messi"));
    EXPECT_TRUE(may_try("a", "maya"));
    EXPECT_TRUE(may_try("a", "maya"));
    guess("messi", 4);
    EXPECT_FALSE(may_try("z", "messi")) << "two and four";
}

TEST_F(LoginGuardTest, AllSourcesTogetherMayGuessSoOftenForOneUser) {
    guess("messi", 6);
    EXPECT_FALSE(may_try("stranger", "messi"));
    EXPECT_TRUE(may_try("stranger", "maya"));
    now += std::chrono::seconds(60);
    EXPECT_TRUE(may_try("stranger", "messi"));
    EXPECT_FALSE(may_try("another", "messi"));
}

TEST_F(LoginGuardTest, TheLimitPerUserDoesNotHoldForASourceKnownToHim) {
    guard.remember("home", "messi");
    guess("messi", 6);
    EXPECT_TRUE(may_try("home", "messi"));
    EXPECT_TRUE(may_try("home", "messi"));
    EXPECT_FALSE(may_try("home", "messi")) << "its own limits do";
    EXPECT_FALSE(may_try("stranger", "messi"));
    guess("maya", 6);
    EXPECT_FALSE(may_try("home", "maya")) << "known to messi only";
}

TEST_F(LoginGuardTest, AKnownSourceUsesNothingUpForOthers) {
    guard.remember("home", "messi");
    EXPECT_TRUE(may_try("home", "messi"));
    EXPECT_TRUE(may_try("home", "messi"));
    guess("messi", 6);
}

TEST_F(LoginGuardTest, WhatIsForgivenDoesNotCount) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(may_try("a", "messi"));
        guard.forgive("a", "messi", now);
    }
    guard.remember("a", "maya");
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(may_try("a", "maya"));
        guard.forgive("a", "maya", now);
    }
    guess("messi", 6);
    EXPECT_FALSE(may_try("stranger", "messi")) << "forgiving gives no more than was taken";
}

}  // namespace
}  // namespace obrol
