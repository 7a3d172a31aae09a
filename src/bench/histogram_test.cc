#include "bench/histogram.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(LatencyHistogram, EmptyIsZero) {
    const LatencyHistogram histogram;
    EXPECT_EQ(histogram.count(), 0u);
    EXPECT_EQ(histogram.quantile(0.5), Duration{0});
    EXPECT_EQ(histogram.longest(), Duration{0});
}

TEST(LatencyHistogram, SmallValuesAreExact) {
    LatencyHistogram histogram;
    for (int i = 1; i <= 100; ++i)
        histogram.record(Duration{i});
    EXPECT_EQ(histogram.count(), 100u);
    EXPECT_EQ(histogram.quantile(0.5), Duration{50});
    EXPECT_EQ(histogram.quantile(0.99), Duration{99});
    EXPECT_EQ(histogram.quantile(1.0), Duration{100});
    EXPECT_EQ(histogram.quantile(0.001), Duration{1});
}

TEST(LatencyHistogram, EveryMagnitudeIsWithinOneSixtyFourth) {
    for (std::int64_t value = 1; value < std::int64_t{1} << 40; value = value * 3 / 2 + 1) {
        LatencyHistogram histogram;
        histogram.record(Duration{value});
        histogram.record(Duration{value * 2});  // so that longest() does not hide the bucket's own end
        const std::int64_t reported = histogram.quantile(0.5).count();
        EXPECT_GE(reported, value);
        EXPECT_LE(reported, value + value / 64) << value;
    }
}

TEST(LatencyHistogram, TailIsNotHiddenByTheBulk) {
    LatencyHistogram histogram;
    for (int i = 0; i < 985; ++i)
        histogram.record(milliseconds(1));
    for (int i = 0; i < 15; ++i)
        histogram.record(milliseconds(100));
    EXPECT_LT(histogram.quantile(0.98), milliseconds(2));
    EXPECT_EQ(histogram.quantile(0.99), milliseconds(100));
}

TEST(LatencyHistogram, OutOfRangeValuesAreCountedAtTheEnds) {
    LatencyHistogram histogram;
    histogram.record(Duration{-5});
    histogram.record(hours(2));
    EXPECT_EQ(histogram.count(), 2u);
    EXPECT_EQ(histogram.quantile(0.5), Duration{0});
    EXPECT_GE(histogram.quantile(1.0), Duration{std::int64_t{1} << 40});
    EXPECT_EQ(histogram.longest(), hours(2));
}

}  // namespace
}  // namespace obrol::bench
