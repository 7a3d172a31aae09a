#include "core/fetch_cursor.h"

#include <gtest/gtest.h>
#include <map>

#include "base/random.h"

namespace obrol {
namespace {

using Range = FetchCursor::Range;

Range take(FetchCursor& cursor, std::int64_t last, std::int64_t count_max) {
    const auto range = cursor.available(Seq(last), count_max);
    EXPECT_TRUE(range.has_value());
    cursor.reserve(*range);
    return *range;
}

TEST(FetchCursor, GivesEachRangeOnceWhileItIsReserved) {
    FetchCursor cursor(Seq(0));
    EXPECT_EQ(take(cursor, 10, 4), (Range{Seq(0), Seq(4)}));
    EXPECT_EQ(take(cursor, 10, 100), (Range{Seq(4), Seq(10)}));
    EXPECT_FALSE(cursor.available(Seq(10), 1).has_value());
    EXPECT_EQ(take(cursor, 11, 100), (Range{Seq(10), Seq(11)}));
    EXPECT_EQ(cursor.fetched(), Seq(0));
}

TEST(FetchCursor, MovesOnlyOverConfirmedRanges) {
    FetchCursor cursor(Seq(2));
    const Range first = take(cursor, 10, 3);
    const Range second = take(cursor, 10, 3);
    cursor.confirm(second);
    EXPECT_EQ(cursor.fetched(), Seq(2));
    cursor.confirm(first);
    EXPECT_EQ(cursor.fetched(), Seq(8));
    EXPECT_FALSE(cursor.has_reservations());
}

TEST(FetchCursor, AReleasedRangeIsOfferedAgainBeforeLaterOnes) {
    FetchCursor cursor(Seq(0));
    const Range first = take(cursor, 10, 3);
    const Range second = take(cursor, 10, 3);
    cursor.release(first);
    EXPECT_EQ(cursor.available(Seq(10), 100), (Range{Seq(0), Seq(3)}));
    cursor.confirm(second);
    EXPECT_EQ(cursor.fetched(), Seq(0));
    const Range again = take(cursor, 10, 100);
    EXPECT_EQ(again, (Range{Seq(0), Seq(3)}));
    EXPECT_EQ(cursor.available(Seq(10), 100), (Range{Seq(6), Seq(10)}));
    cursor.confirm(again);
    EXPECT_EQ(cursor.fetched(), Seq(6));
}

TEST(FetchCursor, ShorteningGivesTheRestBack) {
    FetchCursor cursor(Seq(0));
    const Range range = take(cursor, 10, 10);
    const Range kept = cursor.shorten(range, Seq(4));
    EXPECT_EQ(kept, (Range{Seq(0), Seq(4)}));
    EXPECT_EQ(cursor.available(Seq(10), 100), (Range{Seq(4), Seq(10)}));
    cursor.shorten(kept, Seq(0));
    EXPECT_EQ(cursor.available(Seq(10), 100), (Range{Seq(0), Seq(10)}));
    EXPECT_FALSE(cursor.has_reservations());
}

// Whatever dies or lives: every seq is confirmed exactly once, and the cursor never passes an unconfirmed one.
TEST(FetchCursor, RandomLivesLoseAndDoubleNothing) {
    SeededRandom random(11);
    for (int round = 0; round < 200; ++round) {
        FetchCursor cursor(Seq(0));
        std::vector<Range> under_way;
        std::map<std::int64_t, int> confirmed;
        const std::int64_t last = 1 + static_cast<std::int64_t>(random.below(60));
        for (int step = 0; cursor.fetched().value < last; ++step) {
            ASSERT_LT(step, 100'000);
            const auto range = cursor.available(Seq(last), 1 + static_cast<std::int64_t>(random.below(9)));
            if (range && random.chance(1, 2)) {
                cursor.reserve(*range);
                under_way.push_back(*range);
            } else if (!under_way.empty()) {
                const auto pick = under_way.begin() + static_cast<std::ptrdiff_t>(random.below(under_way.size()));
                if (random.chance(2, 3)) {
                    for (std::int64_t seq = pick->after.value + 1; seq <= pick->upto.value; ++seq)
                        ++confirmed[seq];
                    cursor.confirm(*pick);
                } else {
                    cursor.release(*pick);
                }
                under_way.erase(pick);
            }
            for (std::int64_t seq = 1; seq <= cursor.fetched().value; ++seq)
                ASSERT_EQ(confirmed[seq], 1);
        }
    }
}

}  // namespace
}  // namespace obrol
