// File descriptors of the kernel: ownership, and the wait for one that is only read from.
#pragma once

#include <cerrno>
#include <coroutine>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "io/event_loop.h"

namespace obrol {

// "cannot listen on 127.0.0.1:8890: Address already in use"; `doing` is the part before the colon, `code` an errno.
Failure<Error> system_failure(std::string_view doing, int code);

// Owns a descriptor; -1 is none.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void reset();

  private:
    int fd_ = -1;
};

// A non-blocking descriptor that one coroutine at a time waits for: a listener, a signalfd. The wait is edge-triggered:
// wait only after a read that found nothing.
class WatchedDescriptor final : private EventLoop::Handler {
  public:
    WatchedDescriptor(EventLoop& loop, Descriptor descriptor) : loop_(loop), descriptor_(std::move(descriptor)) {}
    ~WatchedDescriptor() override { loop_.forget(descriptor_.get(), *this); }
    WatchedDescriptor(const WatchedDescriptor&) = delete;
    WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;

    struct Readiness {
        WatchedDescriptor& descriptor;
        bool await_ready() const { return std::exchange(descriptor.ready_, false) || descriptor.is_closed(); }
        void await_suspend(std::coroutine_handle<> waiting) const;
        void await_resume() const { descriptor.ready_ = false; }
    };
    // Resumes when there may be something to read, and after close().
    Readiness wait() { return Readiness{*this}; }

    int get() const { return descriptor_.get(); }
    bool is_closed() const { return !descriptor_; }
    // The waiter resumes in the next turn. Idempotent.
    void close();

  private:
    void on_readable(bool ended) override;
    void on_writable() override {}

    EventLoop& loop_;
    Descriptor descriptor_;
    bool ready_ = false;
    std::coroutine_handle<> waiting_;
};

}  // namespace obrol
