#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Rfc3339, WritesUtcWithMilliseconds) {
    EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(1'709'251'199'999)}), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(rfc3339(WallTime{std::chrono::milliseconds(1'700'000'000'007)}), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace obrol
