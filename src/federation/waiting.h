// How the coroutines of a link wait for one another. All on one executor's thread; whoever is woken goes on in a later
// turn, never inside the call that wakes him. Nobody may wait any more when one of these is destroyed.
#pragma once

#include <coroutine>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/executor.h"

namespace obrol {

// For one who waits until there is something to do. A call that comes while he is busy is kept for his next wait.
class WakeUp {
  public:
    explicit WakeUp(Executor& executor) : executor_(executor) {}
    ~WakeUp() { OBROL_CHECK(!waiting_); }
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;

    void wake() {
        if (std::exchange(is_due_, true) || !waiting_) return;
        executor_.post([waiting = std::exchange(waiting_, {})] { waiting.resume(); });
    }

    struct Wait {
        WakeUp& self;
        bool await_ready() const { return self.is_due_; }
        void await_suspend(std::coroutine_handle<> waiting) const { self.waiting_ = waiting; }
        void await_resume() const { self.is_due_ = false; }
    };
    Wait wait() { return Wait{*this}; }

  private:
    Executor& executor_;
    std::coroutine_handle<> waiting_;
    bool is_due_ = false;
};

// For many who wait until something has changed, and then look for themselves.
class Bell {
  public:
    explicit Bell(Executor& executor) : executor_(executor) {}
    ~Bell() { OBROL_CHECK(waiting_.empty()); }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    void ring() {
        for (const std::coroutine_handle<> waiting : std::exchange(waiting_, {}))
            executor_.post([waiting] { waiting.resume(); });
    }

    struct Wait {
        Bell& self;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) const { self.waiting_.push_back(waiting); }
        void await_resume() const {}
    };
    // Until the next ring.
    Wait wait() { return Wait{*this}; }

  private:
    Executor& executor_;
    std::vector<std::coroutine_handle<>> waiting_;
};

}  // namespace obrol
