#include "tests/sim/work_queue.h"

#include <gtest/gtest.h>
#include <vector>

#include "io/deterministic_executor.h"

namespace obrol {
namespace {

TEST(SimulatedWorkQueueTest, OneWorkerKeepsTheOrderAndTakesItsTime) {
    DeterministicExecutor executor(7);
    SeededRandom random(7);
    std::vector<int> events;  // n: work n had its effect, -n: it is done
    int effects = 0;
    SimulatedWorkQueue queue(executor, random, {}, [&] { ++effects; });
    constexpr int count = 500;
    for (int i = 1; i <= count; ++i)
        queue.submit([&events, i] { events.push_back(i); }, [&events, i] { events.push_back(-i); });
    EXPECT_TRUE(events.empty()) << "never inside submit()";
    const MonotonicTime begin = executor.clock().monotonic_now();
    while (executor.step()) {
    }
    std::vector<int> expected;
    for (int i = 1; i <= count; ++i) {
        expected.push_back(i);
        expected.push_back(-i);
    }
    EXPECT_EQ(events, expected);
    EXPECT_EQ(effects, count);
    EXPECT_GT(executor.clock().monotonic_now() - begin, count * SimulatedWorkQueue::Options{}.usual_min);
}

TEST(SimulatedWorkQueueTest, SeveralWorkersOverlap) {
    DeterministicExecutor executor(7);
    SeededRandom random(7);
    SimulatedWorkQueue::Options options;
    options.workers = 3;
    SimulatedWorkQueue queue(executor, random, options, {});
    int under_way = 0;
    int most = 0;
    for (int i = 0; i < 50; ++i) {
        queue.submit([&] { most = std::max(most, ++under_way); }, [&] { --under_way; });
    }
    while (executor.step()) {
    }
    EXPECT_EQ(under_way, 0);
    EXPECT_GT(most, 1);
    EXPECT_LE(most, 3);
}

TEST(SimulatedWorkQueueTest, FinishesWhatWasSubmittedBeforeItGoes) {
    DeterministicExecutor executor(7);
    SeededRandom random(7);
    int worked = 0;
    int done = 0;
    {
        SimulatedWorkQueue queue(executor, random, {}, {});
        for (int i = 0; i < 3; ++i)
            queue.submit([&] { ++worked; }, [&] { ++done; });
    }
    EXPECT_EQ(worked, 3);
    EXPECT_EQ(done, 0);
    executor.run_until_idle();
    EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace obrol
