#include "io/event_loop.h"

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "io/descriptor.h"
#include "io/testing.h"
#include "io/timer.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, IsCurrentOnItsThreadOnly) {
    testing::LoopFixture on;
    EXPECT_FALSE(on.loop.is_current());
    bool was_current = false;
    bool was_current_elsewhere = true;
    on.loop.post([&] {
        was_current = on.loop.is_current();
        std::thread([&] { was_current_elsewhere = on.loop.is_current(); }).join();
        on.loop.stop();
    });
    on.loop.run();
    EXPECT_TRUE(was_current);
    EXPECT_FALSE(was_current_elsewhere);
    EXPECT_FALSE(on.loop.is_current());
}

TEST(EventLoop, EndOfTurnComesAfterWhatIsReadyAndTakesWhatItAdds) {
    testing::LoopFixture on;
    std::string order;
    on.loop.post([&] {
        order += 'a';
        on.loop.at_end_of_turn([&] {
            order += 'x';
            on.loop.at_end_of_turn([&order] { order += 'y'; });
        });
        on.loop.post([&] {
            order += 'n';
            on.loop.stop();
        });
    });
    on.loop.post([&order] { order += 'b'; });
    on.loop.run();
    EXPECT_EQ(order, "abxyn");
}

TEST(EventLoop, TheClockOfATurnStandsUntilTheNextOne) {
    testing::LoopFixture on;
    const auto wait = [&] {
        const MonotonicTime begun = on.clock.monotonic_now();
        while (on.clock.monotonic_now() - begun < 2ms) {
        }
    };
    std::vector<MonotonicTime> times;
    std::vector<WallTime> wall_times;
    const auto note = [&] {
        times.push_back(on.loop.turn_clock().monotonic_now());
        wall_times.push_back(on.loop.turn_clock().wall_now());
    };
    note();
    wait();
    note();  // nobody runs the loop: as any other clock
    EXPECT_GE(times[1] - times[0], 2ms);
    EXPECT_GE(wall_times[1] - wall_times[0], 1ms);
    on.loop.post([&] {
        note();
        wait();
        note();
        on.loop.post([&] {
            note();
            on.loop.stop();
        });
    });
    on.loop.run();
    EXPECT_GE(times[2], times[1]);
    EXPECT_EQ(times[3], times[2]);
    EXPECT_EQ(wall_times[3], wall_times[2]);
    EXPECT_GE(times[4] - times[3], 2ms);
    EXPECT_GE(wall_times[4] - wall_times[3], 1ms);
}

TEST(EventLoop, AStopBeforeRunEndsItAndItCanRunAgain) {
    testing::LoopFixture on;
    on.loop.stop();
    on.loop.run();
    bool ran = false;
    on.loop.post([&] {
        ran = true;
        on.loop.stop();
    });
    on.loop.run();
    EXPECT_TRUE(ran);
}

TEST(EventLoop, TakesJobsFromManyThreadsEachInOrder) {
    constexpr std::size_t threads = 4;
    constexpr int jobs = 20'000;
    testing::LoopFixture on;
    std::vector<int> next(threads, 0);
    int left = threads * jobs;
    int out_of_order = 0;
    std::vector<std::jthread> posters;
    for (std::size_t t = 0; t < threads; ++t) {
        posters.emplace_back([&, t] {
            for (int i = 0; i < jobs; ++i) {
                on.loop.post([&, t, i] {
                    if (next[t]++ != i) ++out_of_order;
                    if (--left == 0) on.loop.stop();
                });
                // So that the loop falls asleep in between, and the wake-ups are tried.
                if (i % 1000 == 0) std::this_thread::yield();
            }
        });
    }
    on.loop.run();
    EXPECT_EQ(left, 0);
    EXPECT_EQ(out_of_order, 0);
}

TEST(EventLoop, APostFromAnotherThreadWakesASleepingLoopEachTime) {
    testing::LoopFixture on;
    testing::LoopFixture other;
    std::jthread thread([&other] { other.loop.run(); });
    int rounds = 5'000;
    struct PingPong {
        EventLoop& home;
        EventLoop& away;
        int& rounds;
        void operator()() const {
            if (--rounds == 0) {
                away.stop();
                home.stop();
                return;
            }
            away.post([bounce = *this] { bounce.home.post(bounce); });
        }
    };
    on.loop.post(PingPong{on.loop, other.loop, rounds});
    on.loop.run();
    EXPECT_EQ(rounds, 0);
}

TEST(EventLoop, KeepsTheOrderBetweenItsOwnJobsAndThoseOfOthers) {
    testing::LoopFixture on;
    std::string order;
    on.loop.post([&] {
        on.loop.post([&order] { order += 'a'; });
        std::thread([&] { on.loop.post([&order] { order += 'b'; }); }).join();
        on.loop.post([&order] { order += 'c'; });
        std::thread([&] { on.loop.post([&] { on.loop.stop(); }); }).join();
    });
    on.loop.run();
    EXPECT_EQ(order, "abc");
}

TEST(EventLoop, SleepsWithoutUsingTheProcessor) {
    testing::LoopFixture on;
    Timer timer(on.loop);
    timer.start_after(200ms, [&] { on.loop.stop(); });
    rusage before{};
    rusage after{};
    ASSERT_EQ(::getrusage(RUSAGE_THREAD, &before), 0);
    on.loop.run();
    ASSERT_EQ(::getrusage(RUSAGE_THREAD, &after), 0);
    // Falling asleep is a voluntary switch: one for the timer, a few for what the machine adds.
    EXPECT_LE(after.ru_nvcsw - before.ru_nvcsw, 5);
}

// A pipe whose reading end the loop watches.
class Pipe final : public EventLoop::Handler {
  public:
    explicit Pipe(EventLoop& loop) : loop_(loop) {
        int ends[2];
        EXPECT_EQ(::pipe(ends), 0);
        reading_ = Descriptor(ends[0]);
        writing_ = Descriptor(ends[1]);
        EXPECT_TRUE(loop_.watch(reading_.get(), *this));
    }
    ~Pipe() override { loop_.forget(reading_.get(), *this); }
    void fill() const { EXPECT_EQ(::write(writing_.get(), "x", 1), 1); }

    std::move_only_function<void()> on_event = [] {};

  private:
    void on_readable(bool) override { on_event(); }
    void on_writable() override { ADD_FAILURE() << "a reading end became writable"; }

    EventLoop& loop_;
    Descriptor reading_;
    Descriptor writing_;
};

TEST(EventLoop, NoTimerIsAheadOfTheClockOfItsTurn) {
    testing::LoopFixture on;
    const MonotonicTime deadline = on.clock.monotonic_now() + 3ms;
    MonotonicTime at_event{};
    MonotonicTime at_firing{};
    Timer timer(on.loop);
    timer.start(deadline, [&] {
        at_firing = on.loop.turn_clock().monotonic_now();
        on.loop.stop();
    });
    // In the turn in which the timer becomes due the clock is read before it.
    Pipe pipe(on.loop);
    pipe.on_event = [&] {
        at_event = on.loop.turn_clock().monotonic_now();
        while (on.clock.monotonic_now() < deadline) {
        }
    };
    pipe.fill();
    on.loop.run();
    EXPECT_LT(at_event, deadline);
    EXPECT_GE(at_firing, deadline);
}

TEST(EventLoop, AHandlerThatAnotherDestroysInTheSameTurnIsNotCalled) {
    testing::LoopFixture on;
    int calls = 0;
    auto a = std::make_unique<Pipe>(on.loop);
    auto b = std::make_unique<Pipe>(on.loop);
    a->on_event = [&] {
        ++calls;
        b.reset();
    };
    b->on_event = [&] {
        ++calls;
        a.reset();
    };
    a->fill();
    b->fill();
    Timer timer(on.loop);
    timer.start_after(5ms, [&] { on.loop.stop(); });
    on.loop.run();
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, AScheduledHandlerThatIsDestroyedIsNotCalled) {
    testing::LoopFixture on;
    int calls = 0;
    auto a = std::make_unique<Pipe>(on.loop);
    auto b = std::make_unique<Pipe>(on.loop);
    a->on_event = [&] {
        ++calls;
        b.reset();
        a.reset();
    };
    b->on_event = [&calls] { ++calls; };
    on.loop.post([&] {
        on.loop.schedule(*a);
        on.loop.schedule(*b);
        on.loop.schedule(*a);
        on.loop.post([&] { on.loop.post([&] { on.loop.stop(); }); });
    });
    on.loop.run();
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace obrol
