#include "io/timer.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/deterministic_executor.h"
#include "io/event_loop.h"
#include "io/testing.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;

TEST(Timer, FiresOnceAtItsDeadline) {
    DeterministicExecutor executor(1);
    int fired = 0;
    Timer timer(executor);
    timer.start(MonotonicTime{5s}, [&fired] { ++fired; });
    EXPECT_EQ(timer.deadline(), MonotonicTime{5s});
    executor.run_until(MonotonicTime{5s - 1ns});
    EXPECT_EQ(fired, 0);
    executor.run_until(MonotonicTime{5s});
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(timer.active());
    executor.run_for(1h);
    EXPECT_EQ(fired, 1);
}

TEST(Timer, CancelledOrDestroyedItDoesNotFire) {
    DeterministicExecutor executor(1);
    int fired = 0;
    Timer cancelled(executor);
    auto destroyed = std::make_unique<Timer>(executor);
    cancelled.start_after(1s, [&fired] { ++fired; });
    destroyed->start_after(1s, [&fired] { ++fired; });
    cancelled.cancel();
    destroyed.reset();
    executor.run_for(1h);
    EXPECT_EQ(fired, 0);
}

TEST(Timer, ARestartReplacesDeadlineAndJob) {
    DeterministicExecutor executor(1);
    std::string order;
    Timer timer(executor);
    timer.start_after(1s, [&order] { order += 'a'; });
    timer.start_after(3s, [&order] { order += 'b'; });
    executor.run_for(2s);
    EXPECT_EQ(order, "");
    executor.run_for(1s);
    EXPECT_EQ(order, "b");
}

TEST(Timer, MayDestroyItselfOrStartAgainInItsJob) {
    DeterministicExecutor executor(1);
    int fired = 0;
    auto timer = std::make_unique<Timer>(executor);
    timer->start_after(1s, [&] {
        ++fired;
        timer->start_after(1s, [&] {
            timer.reset();
            ++fired;
        });
    });
    executor.run_for(2s);
    EXPECT_EQ(fired, 2);
    EXPECT_EQ(timer, nullptr);
}

TEST(Timer, OneThatIsDueCanStillBeTakenBackByAnotherOfTheSameInstant) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        DeterministicExecutor executor(seed);
        int fired = 0;
        Timer a(executor);
        auto b = std::make_unique<Timer>(executor);
        a.start_after(1s, [&] {
            ++fired;
            b.reset();
        });
        b->start_after(1s, [&] {
            ++fired;
            a.cancel();
        });
        executor.run_for(1s);
        EXPECT_EQ(fired, 1);
    }
}

TEST(Timer, APastDeadlineFiresInTheNextTurn) {
    DeterministicExecutor executor(1);
    executor.run_for(1h);
    int fired = 0;
    Timer timer(executor);
    timer.start(MonotonicTime{1s}, [&] {
        if (++fired < 3) timer.start(MonotonicTime{}, [&fired] { ++fired; });
    });
    EXPECT_EQ(fired, 0);
    executor.step();
    EXPECT_EQ(fired, 1);
    executor.step();
    EXPECT_EQ(fired, 2);
    EXPECT_EQ(executor.clock().monotonic_now(), MonotonicTime{1h});
}

TEST(Timer, ManyStartedCancelledAndRestartedFireInOrderOfDeadlines) {
    DeterministicExecutor executor(1);
    SeededRandom random(42);
    std::vector<std::unique_ptr<Timer>> timers;
    std::vector<MonotonicTime> fired;
    std::size_t expected = 0;
    for (int i = 0; i < 500; ++i)
        timers.push_back(std::make_unique<Timer>(executor));
    for (int round = 0; round < 4; ++round) {
        for (const std::unique_ptr<Timer>& timer : timers) {
            if (random.chance(1, 3)) {
                timer->cancel();
            } else {
                const MonotonicTime deadline{std::chrono::milliseconds(random.below(10'000))};
                timer->start(deadline, [&fired, deadline] { fired.push_back(deadline); });
            }
        }
    }
    for (const std::unique_ptr<Timer>& timer : timers) {
        if (timer->active()) ++expected;
    }
    executor.run_for(10s);
    EXPECT_EQ(fired.size(), expected);
    EXPECT_GT(expected, 250u);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

Task<void> sleep_and_note(TimerService& service, Duration delay, std::string& order, char note) {
    co_await sleep_for(service, delay);
    order += note;
}

TEST(Timer, CoroutinesSleep) {
    DeterministicExecutor executor(1);
    Gate gate("test");
    std::string order;
    gate.spawn(sleep_and_note(executor, 2s, order, 'b'));
    gate.spawn(sleep_and_note(executor, 1s, order, 'a'));
    executor.run_for(1s);
    EXPECT_EQ(order, "a");
    executor.run_for(1s);
    EXPECT_EQ(order, "ab");
}

Task<Duration> measure_sleep(EventLoop& loop, Duration delay) {
    const MonotonicTime before = loop.clock().monotonic_now();
    co_await sleep_for(loop, delay);
    co_return loop.clock().monotonic_now() - before;
}

TEST(Timer, RunsOnRealTimeToo) {
    testing::LoopFixture on;
    const auto slept = testing::run(on.loop, measure_sleep(on.loop, 3ms));
    ASSERT_TRUE(slept.has_value());
    EXPECT_GE(*slept, 3ms);
}

TEST(Timer, OnALoopEqualDeadlinesFireInOrderOfStarting) {
    testing::LoopFixture on;
    std::string order;
    const MonotonicTime deadline = on.clock.monotonic_now();
    Timer a(on.loop);
    Timer b(on.loop);
    Timer c(on.loop);
    c.start(deadline + 1ms, [&] {
        order += 'c';
        on.loop.stop();
    });
    a.start(deadline, [&order] { order += 'a'; });
    b.start(deadline, [&order] { order += 'b'; });
    on.loop.run();
    EXPECT_EQ(order, "abc");
}

}  // namespace
}  // namespace obrol
