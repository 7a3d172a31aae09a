#include "io/stream_watch.h"

#include <cstddef>
#include <exception>

#include "io/frame_pool.h"

namespace obrol {

// Destroys itself at its end, because that end may destroy the watch; until then the watch has it.
class StreamWatch::Run {
  public:
    class promise_type {
      public:
        static void* operator new(std::size_t bytes) { return detail::allocate_frame(bytes); }
        static void operator delete(void* frame, std::size_t bytes) { detail::free_frame(frame, bytes); }

        Run get_return_object() { return Run(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };

    explicit Run(std::coroutine_handle<> handle) : handle_(handle) {}
    std::coroutine_handle<> handle() const { return handle_; }

  private:
    std::coroutine_handle<> handle_;
};

StreamWatch::Run StreamWatch::run(StreamWatch& self, Stream& below) {
    if (self.direction_ == Direction::read) {
        co_await below.wait_readable();
    } else {
        co_await below.wait_writable();
    }
    self.waiting_ = {};
    self.owner_.below_is_ready(self.direction_);
}

StreamWatch::~StreamWatch() {
    if (waiting_) waiting_.destroy();
}

void StreamWatch::start(Stream& below) {
    if (waiting_) return;
    waiting_ = run(*this, below).handle();
    waiting_.resume();
}

}  // namespace obrol
