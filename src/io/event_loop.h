// The executor of one thread of a real server: epoll, edge-triggered, one registration per descriptor for both
// directions. It sleeps until something happens; with nothing to do it never wakes. Nothing is allocated per event.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <sys/epoll.h>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "io/executor.h"
#include "io/timer_heap.h"

namespace obrol {

class EventLoop final : public Executor {
  public:
    // `clock` must outlive the loop and advance with the operating system's monotonic clock. A kernel that refuses an
    // epoll or eventfd descriptor ends the program.
    explicit EventLoop(const Clock& clock);
    ~EventLoop() override;
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs turns on the calling thread, which is the loop's thread until this returns: then stop() was called, and the
    // turn that saw it has been finished. May be called again. While no thread runs it, the loop and what belongs to it
    // may be used from one thread at a time; is_current() is false then.
    void run();
    // From any thread; a stop before run() ends that at once.
    void stop();

    void post(Job job) override;
    void at_end_of_turn(Job job) override;
    bool is_current() const override { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
    const Clock& clock() const override { return clock_; }
    // While no thread runs the loop, the clock itself.
    const Clock& turn_clock() const override;

    // What the loop tells the owner of a descriptor. Either call may destroy the handler.
    class Handler {
      public:
        Handler() = default;
        Handler(const Handler&) = delete;
        Handler& operator=(const Handler&) = delete;
        virtual ~Handler() = default;

      private:
        friend class EventLoop;
        // Something can be read. `ended`: the end of the stream or an error has come, so reading never blocks again.
        virtual void on_readable(bool ended) = 0;
        virtual void on_writable() = 0;

        bool watched_ = false;
        bool scheduled_ = false;
        bool called_ = false;  // right now
    };
    // Reports edges of `fd` to `handler` from now on, beginning with what is ready already. False when the kernel has
    // no room for it. Again for the same handler: nothing happens.
    bool watch(int fd, Handler& handler);
    // No more calls to `handler`, not even for what is ready in this turn. Before `fd` is closed.
    void forget(int fd, Handler& handler);
    // Calls both functions of `handler` in the next turn, as if the descriptor had ended.
    void schedule(Handler& handler);

  private:
    static constexpr int events_max = 512;

    // What the clock said first in this turn.
    class TurnClock final : public Clock {
      public:
        explicit TurnClock(const Clock& clock) : clock_(clock) {}
        MonotonicTime monotonic_now() const override;
        WallTime wall_now() const override;
        void forget();

      private:
        const Clock& clock_;
        mutable std::optional<MonotonicTime> monotonic_;
        mutable std::optional<WallTime> wall_;
    };

    void arm(Timer& timer) override;
    void disarm(Timer& timer) override;

    bool may_be_used_here() const;
    bool has_work() const;
    int sleep_limit_ms();
    void wake();
    void take_remote_jobs();

    void turn();
    void wait_for_events();
    void handle_events();
    void handle_scheduled();
    void run_posted();
    void run_end_of_turn();
    void call(Handler& handler, std::uint32_t events);

    const Clock& clock_;
    TurnClock turn_clock_{clock_};
    int epoll_ = -1;
    int wake_ = -1;
    std::atomic<std::thread::id> thread_{};
    std::atomic<bool> stop_ = false;

    TimerHeap timers_;
    std::uint64_t timers_started_ = 0;

    std::array<epoll_event, events_max> events_;
    int event_ = 0;                // index of the event being handled
    int event_count_ = 0;          // of this turn
    Handler* handling_ = nullptr;  // null when forgotten in its own call
    std::vector<Handler*> scheduled_;
    std::vector<Handler*> scheduled_now_;

    std::vector<Job> posted_;
    std::vector<Job> posted_now_;
    std::vector<Job> end_of_turn_;

    // A thread that posts wakes the loop only if it may be asleep and nobody posted before. The two flags are written
    // and read crosswise in sequentially consistent order, so one side always sees the other.
    std::atomic<bool> may_sleep_ = false;
    std::atomic<bool> has_remote_ = false;
    std::mutex remote_mutex_;
    std::vector<Job> remote_;
    std::vector<Job> remote_now_;
};

}  // namespace obrol
