#include "bench/sync_counter.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

TEST(SyncCounter, AddsTheSyncCallsOfASummary) {
    constexpr const char* summary =
        "% time     seconds  usecs/call     calls    errors syscall\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        " 97.00    0.194000          97      2000           fdatasync\n"
        "  3.00    0.006000         200        30         2 fsync\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        "100.00    0.200000          98      2030         2 total\n";
    EXPECT_EQ(sync_calls_in(summary), 2030u);
}

TEST(SyncCounter, NoneInAnEmptySummary) {
    EXPECT_EQ(sync_calls_in(""), 0u);
}

}  // namespace
}  // namespace obrol::bench
