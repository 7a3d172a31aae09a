// The event loop of a program that reads lines: while it waits for a line or for the end of a task, the network goes on
// and signals are heard. One thread.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "io/task.h"

namespace obrol {

class Foreground final : private EventLoop::Handler {
  public:
    // Takes the process's signals: before any other thread is started.
    explicit Foreground(const Clock& clock);
    ~Foreground() override;

    EventLoop& loop() { return loop_; }

    // Until `fd` can be read without blocking; false: the program was interrupted (SIGINT, SIGTERM, SIGHUP). A file
    // that cannot be waited for can always be read.
    bool wait_for_input(int fd);

    // Runs `task` to its end. Interruptions do not shorten it; on_interrupt may.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        tasks_.spawn(keep(std::move(task), result, loop_));
        while (!result)
            loop_.run();
        return std::move(*result);
    }
    void run(Task<void> task) { static_cast<void>(run(then_true(std::move(task)))); }

    bool is_interrupted() const { return interrupted_; }

    // What to do about signals; set before waiting. A second interruption ends the program at once.
    std::move_only_function<void()> on_interrupt = [] {};
    // The terminal has another size.
    std::move_only_function<void()> on_resize = [] {};
    // The program was stopped and goes on: somebody else may have changed the terminal.
    std::move_only_function<void()> on_continue = [] {};

  private:
    template <class T>
    static Task<void> keep(Task<T> task, std::optional<T>& result, EventLoop& loop) {
        T value = co_await std::move(task);
        result.emplace(std::move(value));
        loop.stop();
    }
    static Task<bool> then_true(Task<void> task) {
        co_await std::move(task);
        co_return true;
    }
    static Task<void> hear_signals(Foreground& self);

    void on_readable(bool ended) override;
    void on_writable() override {}

    EventLoop loop_;
    SignalSet signals_;
    bool interrupted_ = false;
    bool readable_ = false;
    Gate hearing_{"signals"};
    Gate tasks_{"the foreground"};
};

}  // namespace obrol
