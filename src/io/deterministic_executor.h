// An executor on virtual time: a whole world of coroutines in one thread, reproducible from one seed. Nothing happens
// and no time passes except inside step() and the run_ functions.
//
// Posted jobs run in the order of posting. Timers with equal deadlines fire in an order that the seed draws, because
// nothing may depend on it. A turn is as in executor.h.
#pragma once

#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "io/executor.h"
#include "io/timer_heap.h"

namespace obrol {

class DeterministicExecutor final : public Executor {
  public:
    // 2026-01-01 00:00 UTC.
    static constexpr WallTime default_start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

    // Monotonic time begins at zero, wall time at `start`; they advance together.
    explicit DeterministicExecutor(std::uint64_t seed, WallTime start = default_start);
    DeterministicExecutor(const DeterministicExecutor&) = delete;
    DeterministicExecutor& operator=(const DeterministicExecutor&) = delete;

    void post(Job job) override;
    void at_end_of_turn(Job job) override;
    bool is_current() const override { return std::this_thread::get_id() == thread_; }
    const Clock& clock() const override { return clock_; }

    // One turn: what is ready now, or, when nothing is, time moves to the next deadline first. False when there is
    // nothing left to do, ever.
    bool step();
    // Turns until nothing is ready at the present instant. Time stands still.
    void run_until_idle();
    // Turns until everything up to and including `until` has happened; the clock then shows `until`.
    void run_until(MonotonicTime until);
    void run_for(Duration duration) { run_until(clock_.now + duration); }

  private:
    struct VirtualClock final : Clock {
        MonotonicTime monotonic_now() const override { return now; }
        WallTime wall_now() const override {
            return start + std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
        }
        MonotonicTime now{};
        WallTime start{};
    };

    void arm(Timer& timer) override { timers_.insert(timer, random_.next()); }
    void disarm(Timer& timer) override { timers_.erase(timer); }
    bool is_ready() const;
    void turn();

    const std::thread::id thread_ = std::this_thread::get_id();
    VirtualClock clock_;
    SeededRandom random_;
    TimerHeap timers_;
    std::vector<Job> posted_;
    std::vector<Job> taken_;  // this turn's part of posted_
    std::deque<Job> end_of_turn_;
    bool in_turn_ = false;
};

}  // namespace obrol
