#include "io/deterministic_executor.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "io/inline_work_queue.h"
#include "io/timer.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;

TEST(DeterministicExecutor, PostedJobsRunInOrderAndNotInsideThePost) {
    DeterministicExecutor executor(1);
    std::string order;
    executor.post([&] {
        order += 'a';
        executor.post([&order] { order += 'c'; });
    });
    executor.post([&order] { order += 'b'; });
    EXPECT_EQ(order, "");
    executor.run_until_idle();
    EXPECT_EQ(order, "abc");
}

TEST(DeterministicExecutor, EndOfTurnComesAfterWhatIsReadyAndTakesWhatItAdds) {
    DeterministicExecutor executor(1);
    std::string order;
    executor.post([&] {
        order += 'a';
        executor.at_end_of_turn([&] {
            order += 'x';
            executor.at_end_of_turn([&order] { order += 'y'; });
        });
        executor.post([&order] { order += 'n'; });
    });
    executor.post([&order] { order += 'b'; });
    EXPECT_TRUE(executor.step());
    EXPECT_EQ(order, "abxy");
    EXPECT_TRUE(executor.step());
    EXPECT_EQ(order, "abxyn");
    EXPECT_FALSE(executor.step());
}

TEST(DeterministicExecutor, TimeMovesOnlyWhenTold) {
    const WallTime start{std::chrono::sys_days{std::chrono::year{2030} / 5 / 6}};
    DeterministicExecutor executor(1, start);
    Timer timer(executor);
    MonotonicTime fired_at{};
    timer.start_after(1500ms, [&] { fired_at = executor.clock().monotonic_now(); });
    executor.run_until_idle();
    EXPECT_TRUE(timer.active());
    EXPECT_EQ(executor.clock().monotonic_now(), MonotonicTime{});
    executor.run_for(1499ms);
    EXPECT_TRUE(timer.active());
    executor.run_for(1s);
    EXPECT_EQ(fired_at, MonotonicTime{1500ms});
    EXPECT_EQ(executor.clock().monotonic_now(), MonotonicTime{2499ms});
    EXPECT_EQ(executor.clock().wall_now(), start + 2499ms);
    EXPECT_FALSE(executor.step());
}

TEST(DeterministicExecutor, StepMovesTimeToTheNextDeadline) {
    DeterministicExecutor executor(1);
    Timer timer(executor);
    timer.start_after(1h, [] {});
    EXPECT_TRUE(executor.step());
    EXPECT_EQ(executor.clock().monotonic_now(), MonotonicTime{1h});
    EXPECT_FALSE(timer.active());
}

TEST(DeterministicExecutor, RunUntilFollowsChainsOfTimers) {
    DeterministicExecutor executor(1);
    Timer timer(executor);
    int fired = 0;
    struct Tick {
        Timer& timer;
        int& fired;
        void operator()() const {
            ++fired;
            timer.start_after(1s, Tick{timer, fired});
        }
    };
    timer.start_after(1s, Tick{timer, fired});
    executor.run_for(10s);
    EXPECT_EQ(fired, 10);
}

std::vector<int> order_of_equal_timers(std::uint64_t seed) {
    DeterministicExecutor executor(seed);
    std::vector<std::unique_ptr<Timer>> timers;
    std::vector<int> order;
    for (int i = 0; i < 50; ++i) {
        timers.push_back(std::make_unique<Timer>(executor));
        timers.back()->start_after(1s, [&order, i] { order.push_back(i); });
    }
    executor.run_for(1s);
    return order;
}

TEST(DeterministicExecutor, TheSeedOrdersEqualDeadlines) {
    const std::vector<int> first = order_of_equal_timers(7);
    EXPECT_EQ(first.size(), 50u);
    EXPECT_EQ(first, order_of_equal_timers(7));
    EXPECT_NE(first, order_of_equal_timers(8));
    EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
}

TEST(InlineWorkQueue, WorksAtOnceAndCompletesLater) {
    DeterministicExecutor executor(1);
    InlineWorkQueue queue(executor);
    std::string order;
    queue.submit([&order] { order += 'w'; }, [&order] { order += 'd'; });
    EXPECT_EQ(order, "w");
    executor.run_until_idle();
    EXPECT_EQ(order, "wd");
}

}  // namespace
}  // namespace obrol
