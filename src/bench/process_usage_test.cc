#include "bench/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "bench/text_file.h"

namespace obrol::bench {
namespace {

TEST(ProcessUsage, TicksAreFields14To17WhateverTheNameHolds) {
    EXPECT_EQ(cpu_ticks_of_stat("7 (a) b) (c) S 1 7 7 0 -1 4194304 9 9 9 9 100 20 3 4 20 0 1 0 99 1 1"), 127u);
    EXPECT_EQ(cpu_ticks_of_stat("7 (redis-server) R 1 7 7 0 -1 0 9 9 9 9 1 2 0 0 20 0 5 0 99 1 1"), 3u);
}

TEST(ProcessUsage, BrokenStatIsNothing) {
    for (const char* line :
         {"", "7 redis S 1", "7 (redis) S 1 7 7 0 -1 0 9 9 9 9 1 2", "7 (r) S 1 7 7 0 -1 0 9 9 9 9 x 2 0 0"})
        EXPECT_FALSE(cpu_ticks_of_stat(line)) << line;
}

TEST(ProcessUsage, RssIsInBytes) {
    EXPECT_EQ(rss_of_status("VmHWM:\t  900 kB\nVmRSS:\t   12 kB\nRssAnon:\t 4 kB\n"), 12u * 1024);
    EXPECT_FALSE(rss_of_status("Name:\tzombie\n"));
    EXPECT_FALSE(rss_of_status("VmRSS:"));
    EXPECT_EQ(peak_rss_of_status("VmHWM:\t  900 kB\nVmRSS:\t   12 kB\n"), 900u * 1024);
    EXPECT_FALSE(peak_rss_of_status("VmRSS:\t   12 kB\n"));
}

TEST(ProcessUsage, TheMachineIsBusyWithAllButIdleAndWaiting) {
    EXPECT_EQ(busy_ticks_of_machine("cpu  1 20 300 7777 8888 4000 50000 600000 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n"),
              654321u);
    EXPECT_FALSE(busy_ticks_of_machine("cpu  1 20 300"));
    EXPECT_FALSE(busy_ticks_of_machine("cpu0 1 1 1 1 1 1 1 1 1 1"));
    EXPECT_GT(machine_cpu_seconds().value(), own_cpu_seconds());
}

TEST(ProcessUsage, OfThisProcessCoversWhatItBurns) {
    const double before = own_cpu_seconds();
    const auto first = read_process_usage(getpid());
    ASSERT_TRUE(first);
    EXPECT_GT(first->rss_bytes, 100'000u);
    EXPECT_GE(first->peak_rss_bytes, first->rss_bytes);
    while (own_cpu_seconds() < before + 0.05) {
    }
    const auto second = read_process_usage(getpid());
    ASSERT_TRUE(second);
    EXPECT_NEAR(second->cpu_seconds - first->cpu_seconds, 0.05, 0.03);
}

TEST(ProcessUsage, OfNobodyIsAnError) {
    EXPECT_FALSE(read_process_usage(0x7FFFFFF0));
}

TEST(ProcessUsage, ReadsWhatAProcessHasRead) {
    EXPECT_EQ(read_bytes_of_io("rchar: 4711\nwchar: 12\nsyscr: 3\n"), 4711u);
    EXPECT_FALSE(read_bytes_of_io("wchar: 12\n"));
    EXPECT_FALSE(read_bytes_of_io(""));
    const auto before = read_process_input(getpid());
    ASSERT_TRUE(before) << before.error().what;
    ASSERT_TRUE(read_text_file("/proc/self/stat"));
    const auto after = read_process_input(getpid());
    ASSERT_TRUE(after);
    EXPECT_GT(*after, *before);
    EXPECT_FALSE(read_process_input(0));
}

}  // namespace
}  // namespace obrol::bench
