// Coroutines: Task<T> is lazy, has one owner and is awaited once; a Gate holds the tasks that nobody awaits.
//
// A Task starts when it is awaited or given to a gate. Awaiting one that finishes at once does not grow the stack, so
// loops over such tasks are safe in unoptimised builds too. Exceptions travel to the awaiter. A task that ends on
// another thread than the one that awaited it may leave the awaiter on either: come home (executor.enter()) before or
// after.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "io/frame_pool.h"

namespace obrol {

template <class T = void>
class [[nodiscard]] Task;

namespace detail {

class TaskPromiseBase {
  public:
    // Frames come and go with every request: they are kept for reuse instead of going through the heap.
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) { free_frame(frame, bytes); }

    struct Final {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
            TaskPromiseBase& promise = finished.promise();
            // Whoever comes second, the awaiter that suspended or the task that finished, resumes the awaiter.
            if (promise.met_.exchange(true, std::memory_order_acq_rel)) promise.continuation_.resume();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    void set_continuation(std::coroutine_handle<> continuation) { continuation_ = continuation; }
    // True when the task has not finished yet: the awaiter stays suspended.
    bool suspend_awaiter() { return !met_.exchange(true, std::memory_order_acq_rel); }
    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

  private:
    std::coroutine_handle<> continuation_;
    std::exception_ptr exception_;
    std::atomic<bool> met_ = false;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
  public:
    Task<T> get_return_object();
    template <class Value>
    void return_value(Value&& value) {
        value_.emplace(std::forward<Value>(value));
    }
    T& value() { return *value_; }
    T take() {
        rethrow();
        return std::move(*value_);
    }

  private:
    std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
  public:
    Task<void> get_return_object();
    void return_void() const noexcept {}
    void take() const { rethrow(); }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    // co_await task.finished(): until it has ended; what it threw is thrown here. Its value stays where it is: value().
    struct Finished {
        Handle handle;
        bool await_ready() const { return false; }
        bool await_suspend(std::coroutine_handle<> waiting) {
            // The task may finish on another thread and resume `waiting`, destroying this awaiter, before resume()
            // returns; its own frame is kept by the Task, but only as long as `waiting` runs: so the promise may be
            // touched by exactly one of the two sides after they met.
            auto& promise = handle.promise();
            promise.set_continuation(waiting);
            handle.resume();
            return promise.suspend_awaiter();
        }
        void await_resume() const { handle.promise().rethrow(); }
    };
    Finished finished() & {
        OBROL_CHECK(handle_);
        return Finished{handle_};
    }
    // Of a task that has ended without an exception; lives as long as the task.
    auto& value() & { return handle_.promise().value(); }

    struct Awaiter : Finished {
        T await_resume() { return this->handle.promise().take(); }
    };
    Awaiter operator co_await() && {
        OBROL_CHECK(handle_);
        return Awaiter{{handle_}};
    }

  private:
    Handle handle_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace detail

// Background work starts only here. Used from one thread; the tasks must come back to that thread before they end.
class Gate {
  public:
    // `name` appears in the message when a task lets an exception escape (which ends the program); it must outlive the
    // gate.
    explicit Gate(std::string_view name) : name_(name) {}
    // Every task must have ended.
    ~Gate() { OBROL_CHECK(running_ == 0); }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    // Starts `task` at once and keeps it until it ends. False when the gate is closed: the task is dropped unstarted.
    bool spawn(Task<void> task);
    // Lets nobody in any more; resumes when all tasks have ended. One waiter.
    Task<void> close();
    std::size_t running() const { return running_; }
    bool is_closed() const { return closed_; }

  private:
    class Runner;
    Runner run(Task<void> task);
    void left();

    std::string_view name_;
    std::size_t running_ = 0;
    bool closed_ = false;
    std::coroutine_handle<> closer_;
};

}  // namespace obrol
