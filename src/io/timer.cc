#include "io/timer.h"

#include <utility>

namespace obrol {

void Timer::start(MonotonicTime deadline, Job job) {
    cancel();
    deadline_ = deadline;
    job_ = std::move(job);
    active_ = true;
    service_.arm(*this);
}

void Timer::cancel() {
    if (!active_) return;
    service_.disarm(*this);
    active_ = false;
    job_ = nullptr;
}

void Timer::fire() {
    active_ = false;
    // The job may destroy this timer, and with it job_.
    Job job = std::exchange(job_, nullptr);
    job();
}

Task<void> sleep_for(TimerService& service, Duration delay) {
    struct Fired {
        Timer& timer;
        Duration delay;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) const {
            timer.start_after(delay, [waiting] { waiting.resume(); });
        }
        void await_resume() const {}
    };
    Timer timer(service);
    co_await Fired{timer, delay};
}

}  // namespace obrol
