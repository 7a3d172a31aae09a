// One coroutine waits, others tell it that something changed.
#pragma once

#include <coroutine>
#include <utility>

#include "base/check.h"
#include "io/executor.h"

namespace obrol {

// co_await notification: resumes after a notify(), also one that came before; never inside it but in a later turn. What
// changed is for the waiter to look up. One waiter at a time, on the executor's thread.
class Notification {
  public:
    explicit Notification(Executor& executor) : executor_(executor) {}
    Notification(const Notification&) = delete;
    Notification& operator=(const Notification&) = delete;

    void notify() {
        notified_ = true;
        if (waiter_) executor_.post([waiter = std::exchange(waiter_, {})] { waiter.resume(); });
    }

    bool await_ready() const { return notified_; }
    void await_suspend(std::coroutine_handle<> waiting) {
        OBROL_CHECK(!waiter_);
        waiter_ = waiting;
    }
    void await_resume() { notified_ = false; }

  private:
    Executor& executor_;
    std::coroutine_handle<> waiter_;
    bool notified_ = false;
};

}  // namespace obrol
