#include "core/rate_limiter.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimiter, GivesABurstAndThenTheRate) {
    RateLimiter limiter({3, 6}, 100);
    MonotonicTime now{};
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(limiter.take("a", now).has_value());
    EXPECT_EQ(limiter.take("a", now), Duration(seconds(10)));
    EXPECT_EQ(limiter.look("a", now + seconds(4)), Duration(seconds(6)));
    EXPECT_TRUE(limiter.take("a", now + seconds(10) - milliseconds(1)).has_value());
    EXPECT_FALSE(limiter.take("a", now + seconds(10)).has_value());
    EXPECT_TRUE(limiter.take("a", now + seconds(10)).has_value());
    EXPECT_FALSE(limiter.take("b", now).has_value());
}

TEST(RateLimiter, NeverSavesUpMoreThanABurst) {
    RateLimiter limiter({2, 60}, 100);
    MonotonicTime now{};
    EXPECT_FALSE(limiter.take("a", now).has_value());
    now += std::chrono::hours(5);
    EXPECT_FALSE(limiter.take("a", now).has_value());
    EXPECT_FALSE(limiter.take("a", now).has_value());
    EXPECT_TRUE(limiter.take("a", now).has_value());
}

TEST(RateLimiter, WhoeverIsFullTakesNoPlaceOfOthers) {
    RateLimiter limiter({1, 1}, 2);
    const MonotonicTime now{};
    EXPECT_FALSE(limiter.take("held", now).has_value());
    EXPECT_FALSE(limiter.take("forgiven", now).has_value());
    limiter.give_back("forgiven", now);
    EXPECT_FALSE(limiter.take("late", now).has_value());
    EXPECT_FALSE(limiter.look("late", now + std::chrono::minutes(1)).has_value());
    EXPECT_FALSE(limiter.look("new", now).has_value());
    limiter.give_back("another", now);
    EXPECT_FALSE(limiter.take("last", now).has_value());
    EXPECT_TRUE(limiter.look("held", now).has_value());
}

TEST(RateLimiter, LookingTakesNothingAndZeroIsNoLimit) {
    RateLimiter limiter({1, 1}, 100);
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(limiter.look("a", MonotonicTime{}).has_value());
    EXPECT_FALSE(limiter.take("a", MonotonicTime{}).has_value());
    EXPECT_TRUE(limiter.look("a", MonotonicTime{}).has_value());
    RateLimiter unlimited({0, 0}, 100);
    for (int i = 0; i < 1000; ++i)
        EXPECT_FALSE(unlimited.take("a", MonotonicTime{}).has_value());
}

TEST(RateLimiter, WhatWasUsedAlreadyIsOwed) {
    RateLimiter limiter(RateLimit{2, 60}, 10);
    const MonotonicTime begin{};
    for (int i = 0; i < 5; ++i)
        limiter.charge("maya", begin);
    EXPECT_EQ(limiter.look("maya", begin), std::chrono::seconds(4));
    EXPECT_EQ(limiter.look("messi", begin), std::nullopt);
    EXPECT_EQ(limiter.look("maya", begin + std::chrono::seconds(4)), std::nullopt);
    limiter.charge("messi", begin, 1.5);
    EXPECT_EQ(limiter.look("messi", begin), std::chrono::milliseconds(500)) << "half of one is left";
    RateLimiter without(RateLimit{0, 0}, 10);
    without.charge("maya", begin);
    EXPECT_EQ(without.look("maya", begin), std::nullopt) << "no limit";
}

}  // namespace
}  // namespace obrol
