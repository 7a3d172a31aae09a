// One-shot timers on an executor's thread.
#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "io/task.h"

namespace obrol {

class Timer;

// What keeps timers: every executor is one. All calls on its thread.
class TimerService {
  public:
    virtual ~TimerService() = default;
    virtual const Clock& clock() const = 0;
    // The same clock, read once in a turn at most: for times that need not be more exact, because reading it costs as
    // much as a small allocation. Never behind a timer that fires.
    virtual const Clock& turn_clock() const { return clock(); }

  private:
    friend class Timer;
    virtual void arm(Timer& timer) = 0;
    virtual void disarm(Timer& timer) = 0;
};

// Fires at most once for each start. Destroying or cancelling a timer guarantees that its job does not run.
class Timer {
  public:
    using Job = std::move_only_function<void()>;

    explicit Timer(TimerService& service) : service_(service) {}
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Replaces an earlier start. A deadline in the past fires in the next turn, never inside this call.
    void start(MonotonicTime deadline, Job job);
    void start_after(Duration delay, Job job) { start(service_.clock().monotonic_now() + delay, std::move(job)); }
    void cancel();
    bool active() const { return active_; }
    MonotonicTime deadline() const { return deadline_; }

    // For the service: marks the timer inactive and runs its job (which may start it again or destroy it).
    void fire();

  private:
    friend class TimerHeap;

    TimerService& service_;
    MonotonicTime deadline_{};
    Job job_;
    std::uint32_t slot_ = 0;  // the heap's: where it keeps this timer
    bool active_ = false;
    bool due_ = false;  // the heap's: taken out, about to fire
};

// Resumes on the service's thread once `delay` has passed.
Task<void> sleep_for(TimerService& service, Duration delay);

}  // namespace obrol
