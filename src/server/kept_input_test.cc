#include "server/kept_input.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

TEST(KeptInput, IsTakenFromTheFrontWhileMoreComes) {
    KeptInput kept;
    std::string expected;
    char next = 'a';
    for (const std::size_t taken : {0u, 3u, 9u, 1u, 20u, 0u, 17u, 30u}) {
        const std::string more(10, next++);
        kept.append(more);
        expected += more;
        EXPECT_EQ(kept.view(), expected);
        const std::size_t there = std::min(taken, expected.size());
        kept.take(there);
        expected.erase(0, there);
        EXPECT_EQ(kept.view(), expected);
        EXPECT_EQ(kept.empty(), expected.empty());
    }
}

TEST(KeptInput, HoldsNoMemoryWhenAllIsTaken) {
    KeptInput kept;
    kept.append(std::string(1000, 'x'));
    kept.take(999);
    EXPECT_GE(kept.heap_bytes(), 1000u);
    kept.take(1);
    EXPECT_TRUE(kept.empty());
    EXPECT_EQ(kept.heap_bytes(), 0u);
}

TEST(KeptInput, DoesNotGrowWhereAsMuchIsTakenAsComes) {
    KeptInput kept;
    kept.append("half a line");
    for (int i = 0; i < 10'000; ++i) {
        kept.append(std::string(100, 'x'));
        kept.take(100);
    }
    EXPECT_LT(kept.heap_bytes(), 1000u);
    EXPECT_EQ(kept.view(), std::string(11, 'x'));
}

}  // namespace
}  // namespace obrol
