// One thread's loop: jobs, timers and the end of a turn. A turn is: take what is ready (I/O, expired timers, posted
// jobs), run it all, then run the end-of-turn jobs, then sleep.
#pragma once

#include <coroutine>
#include <functional>

#include "io/timer.h"

namespace obrol {

class Executor : public TimerService {
  public:
    using Job = std::move_only_function<void()>;

    // Runs `job` later on this executor's thread, in the order of posting. From any thread.
    virtual void post(Job job) = 0;
    // Runs `job` once, after everything that is ready in this turn has run and before the loop sleeps: the place where
    // what a turn gathered is written or committed in one go. A job that end-of-turn work adds runs in the same turn.
    // On this executor's thread only.
    virtual void at_end_of_turn(Job job) = 0;
    // Whether the caller runs on this executor's thread.
    virtual bool is_current() const = 0;

    // co_await executor.enter(): the coroutine goes on on this executor; without a detour when it is there already.
    struct Enter {
        Executor& executor;
        bool await_ready() const { return executor.is_current(); }
        void await_suspend(std::coroutine_handle<> waiting) const {
            executor.post([waiting] { waiting.resume(); });
        }
        void await_resume() const {}
    };
    Enter enter() { return Enter{*this}; }
};

}  // namespace obrol
