#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Rfc3339, WritesUtcWithMilliseconds) {
    EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(1'709'251'199'999)}), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(1'700'000'000'007)}), "2023-11-14T22:13:20.007Z");
}

TEST(Rfc3339, WritesTimesOfOneSecondAndOfTheOneBefore) {
    const WallTime second{std::chrono::milliseconds(1'709'251'200'000)};
    EXPECT_EQ(rfc3339(second), "2024-03-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(second + std::chrono::milliseconds(7)), "2024-03-01T00:00:00.007Z");
    EXPECT_EQ(rfc3339(second - std::chrono::milliseconds(1)), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(rfc3339(second), "2024-03-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(WallTime{} - std::chrono::milliseconds(1)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatItWrites) {
    for (const std::int64_t at : {0LL, 1'709'251'199'999LL, 1'700'000'000'007LL, 253'402'300'799'999LL}) {
        const WallTime time{std::chrono::milliseconds(at)};
        EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
    }
}

TEST(Rfc3339, RefusesOtherForms) {
    for (const char* text : {"", "2024-02-29", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59.999",
                             "2024-02-29 23:59:59.999Z", "2023-02-29T23:59:59.999Z", "2024-13-01T00:00:00.000Z",
                             "2024-01-01T24:00:00.000Z", "2024-01-01T00:60:00.000Z", "2024-01-01T00:00:60.000Z",
                             "+024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z "})
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

}  // namespace
}  // namespace obrol
