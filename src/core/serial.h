// One at a time, in the order of arrival: a lock for coroutines of one thread.
#pragma once

#include <coroutine>
#include <utility>

#include "base/check.h"

namespace obrol {

class Serial {
  public:
    class Turn;
    class Enter;

    Serial() = default;
    ~Serial() { OBROL_CHECK(!taken_); }
    Serial(const Serial&) = delete;
    Serial& operator=(const Serial&) = delete;

    // co_await serial.enter(): a Turn; the next in line goes on when it ends. Costs nothing when nobody is inside.
    Enter enter();

  private:
    void leave();

    bool taken_ = false;
    Enter* first_ = nullptr;  // waiting, linked through Enter::next_
    Enter* last_ = nullptr;
};

// Holds the place until it is destroyed or end() is called; the next in line runs inside that call.
class Serial::Turn {
  public:
    explicit Turn(Serial& serial) : serial_(&serial) {}
    Turn(Turn&& other) noexcept : serial_(std::exchange(other.serial_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() { end(); }

    void end() {
        if (Serial* serial = std::exchange(serial_, nullptr)) serial->leave();
    }

  private:
    Serial* serial_;
};

class Serial::Enter {
  public:
    explicit Enter(Serial& serial) : serial_(serial) {}
    bool await_ready() const { return !serial_.taken_; }
    void await_suspend(std::coroutine_handle<> waiting) {
        waiting_ = waiting;
        (serial_.last_ ? serial_.last_->next_ : serial_.first_) = this;
        serial_.last_ = this;
    }
    Turn await_resume() {
        serial_.taken_ = true;
        return Turn(serial_);
    }

  private:
    friend class Serial;
    Serial& serial_;
    std::coroutine_handle<> waiting_;
    Enter* next_ = nullptr;
};

inline Serial::Enter Serial::enter() {
    return Enter(*this);
}

// `taken_` stays set while the place is handed over, so that nobody who arrives in between overtakes the line.
inline void Serial::leave() {
    Enter* next = first_;
    if (!next) {
        taken_ = false;
        return;
    }
    first_ = next->next_;
    if (!first_) last_ = nullptr;
    next->waiting_.resume();
}

}  // namespace obrol
