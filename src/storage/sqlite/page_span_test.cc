#include "storage/sqlite/page_span.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace obrol::sqlite {
namespace {

struct Case {
    const char* what;
    EntryRange range;
    std::int64_t first;  // 0: empty
    std::int64_t last;
    bool more;
};

TEST(PageSpan, TakesTheRightEndOfARange) {
    constexpr std::int64_t smallest = INT64_MIN;
    constexpr std::int64_t largest = INT64_MAX;
    const Case cases[] = {
        {"everything", {.entries_max = 10}, 1, 10, false},
        {"one less than everything", {.entries_max = 9}, 1, 9, true},
        {"from the end", {.entries_max = 9, .newest_first = true}, 2, 10, true},
        {"between", {.after = Seq(3), .before = Seq(7), .entries_max = 10}, 4, 6, false},
        {"between, cut", {.after = Seq(3), .before = Seq(7), .entries_max = 2}, 4, 5, true},
        {"between, cut at the start",
         {.after = Seq(3), .before = Seq(7), .entries_max = 2, .newest_first = true},
         5,
         6,
         true},
        {"nothing wanted", {.entries_max = 0}, 0, 0, true},
        {"after the end", {.after = Seq(10), .entries_max = 5}, 0, 0, false},
        {"before the first", {.before = Seq(1), .entries_max = 5}, 0, 0, false},
        {"the wrong way round", {.after = Seq(7), .before = Seq(3), .entries_max = 5}, 0, 0, false},
        {"far too small", {.after = Seq(smallest), .before = Seq(3), .entries_max = 5}, 1, 2, false},
        {"far too large", {.after = Seq(7), .before = Seq(largest), .entries_max = SIZE_MAX}, 8, 10, false},
        {"absurd", {.after = Seq(largest), .before = Seq(smallest), .entries_max = 5}, 0, 0, false},
    };
    for (const Case& one : cases) {
        const PageSpan span = page_span(one.range, Seq(10));
        EXPECT_EQ(span.is_empty(), one.first == 0) << one.what;
        EXPECT_EQ(span.more, one.more) << one.what;
        if (span.is_empty()) continue;
        EXPECT_EQ(span.first, Seq(one.first)) << one.what;
        EXPECT_EQ(span.last, Seq(one.last)) << one.what;
    }
    EXPECT_TRUE(page_span({.entries_max = 5}, Seq(0)).is_empty());
}

}  // namespace
}  // namespace obrol::sqlite
