#include "io/task.h"

#include <cstdio>
#include <cstdlib>

namespace obrol {
namespace {

[[noreturn]] void exception_escaped(std::string_view gate) {
    const char* what = "not a std::exception";
    try {
        throw;
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "obrol: a task of gate '%.*s' let an exception escape: %s\n",
                     static_cast<int>(gate.size()), gate.data(), exception.what());
        std::abort();
    } catch (...) {
        std::fprintf(stderr, "obrol: a task of gate '%.*s' let an exception escape: %s\n",
                     static_cast<int>(gate.size()), gate.data(), what);
        std::abort();
    }
}

}  // namespace

// Starts at once and destroys itself at its end: the gate only counts it.
class Gate::Runner {
  public:
    class promise_type {
      public:
        static void* operator new(std::size_t bytes) { return detail::allocate_frame(bytes); }
        static void operator delete(void* frame, std::size_t bytes) { detail::free_frame(frame, bytes); }

        promise_type(Gate& gate, Task<void>&) : name_(gate.name_) {}
        Runner get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { exception_escaped(name_); }

      private:
        std::string_view name_;
    };
};

bool Gate::spawn(Task<void> task) {
    if (closed_) return false;
    ++running_;
    run(std::move(task));
    return true;
}

Gate::Runner Gate::run(Task<void> task) {
    {
        // The task's frame, with its parameters, goes before the gate hears that it ended: whoever waits for the gate
        // may destroy what those refer to.
        Task<void> running = std::move(task);
        co_await std::move(running);
    }
    left();
}

void Gate::left() {
    OBROL_CHECK(running_ > 0);
    --running_;
    // The closer may destroy the gate.
    if (running_ == 0 && closer_) std::exchange(closer_, {}).resume();
}

Task<void> Gate::close() {
    struct Emptied {
        Gate& gate;
        bool await_ready() const { return gate.running_ == 0; }
        void await_suspend(std::coroutine_handle<> waiting) const {
            OBROL_CHECK(!gate.closer_);
            gate.closer_ = waiting;
        }
        void await_resume() const {}
    };
    closed_ = true;
    co_await Emptied{*this};
}

}  // namespace obrol
