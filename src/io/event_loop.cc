#include "io/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t read_events = EPOLLIN | end_events;
constexpr std::uint32_t write_events = EPOLLOUT | EPOLLHUP | EPOLLERR;

int checked(int fd, const char* call) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), call);
    return fd;
}

}  // namespace

EventLoop::EventLoop(const Clock& clock) : clock_(clock) {
    epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    wake_ = checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    // Edge-triggered, each write to the eventfd is an event of its own, so that it need not be read.
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
}

EventLoop::~EventLoop() {
    OBROL_CHECK(thread_.load() == std::thread::id());
    ::close(wake_);
    ::close(epoll_);
}

MonotonicTime EventLoop::TurnClock::monotonic_now() const {
    if (!monotonic_) monotonic_ = clock_.monotonic_now();
    return *monotonic_;
}

WallTime EventLoop::TurnClock::wall_now() const {
    if (!wall_) wall_ = clock_.wall_now();
    return *wall_;
}

void EventLoop::TurnClock::forget() {
    monotonic_.reset();
    wall_.reset();
}

const Clock& EventLoop::turn_clock() const {
    if (thread_.load(std::memory_order_relaxed) == std::thread::id()) return clock_;
    return turn_clock_;
}

bool EventLoop::may_be_used_here() const {
    const std::thread::id thread = thread_.load(std::memory_order_relaxed);
    return thread == std::this_thread::get_id() || thread == std::thread::id();
}

void EventLoop::run() {
    OBROL_CHECK(thread_.load() == std::thread::id());
    thread_.store(std::this_thread::get_id());
    while (!stop_.load())
        turn();
    stop_.store(false);
    thread_.store(std::thread::id());
}

void EventLoop::stop() {
    stop_.store(true);
    if (!is_current()) wake();
}

void EventLoop::wake() {
    const std::uint64_t one = 1;
    // It fails only when the counter is full: then the loop has been woken often enough.
    [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void EventLoop::post(Job job) {
    if (is_current()) {
        // What other threads posted before comes before.
        if (has_remote_.load(std::memory_order_acquire)) take_remote_jobs();
        posted_.push_back(std::move(job));
        return;
    }
    bool is_first = false;
    {
        const std::lock_guard lock(remote_mutex_);
        is_first = remote_.empty();
        remote_.push_back(std::move(job));
        if (is_first) has_remote_.store(true);
    }
    if (is_first && may_sleep_.load()) wake();
}

void EventLoop::take_remote_jobs() {
    {
        const std::lock_guard lock(remote_mutex_);
        remote_now_.swap(remote_);
        has_remote_.store(false);
    }
    if (posted_.empty()) {
        posted_.swap(remote_now_);
    } else {
        posted_.insert(posted_.end(), std::make_move_iterator(remote_now_.begin()),
                       std::make_move_iterator(remote_now_.end()));
        remote_now_.clear();
    }
}

void EventLoop::at_end_of_turn(Job job) {
    OBROL_CHECK(may_be_used_here());
    end_of_turn_.push_back(std::move(job));
}

void EventLoop::arm(Timer& timer) {
    OBROL_CHECK(may_be_used_here());
    timers_.insert(timer, timers_started_++);
}

void EventLoop::disarm(Timer& timer) {
    OBROL_CHECK(may_be_used_here());
    timers_.erase(timer);
}

bool EventLoop::watch(int fd, Handler& handler) {
    if (handler.watched_) return true;
    OBROL_CHECK(may_be_used_here());
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &handler}};
    handler.watched_ = ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
    return handler.watched_;
}

void EventLoop::forget(int fd, Handler& handler) {
    // What the loop never knew may end on any thread.
    if (!handler.watched_ && !handler.scheduled_ && !handler.called_) return;
    OBROL_CHECK(may_be_used_here());
    if (std::exchange(handler.called_, false)) handling_ = nullptr;
    if (handler.watched_) {
        handler.watched_ = false;
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
        for (int i = event_ + 1; i < event_count_; ++i) {
            epoll_event& event = events_[static_cast<std::size_t>(i)];
            if (event.data.ptr == &handler) event.data.ptr = nullptr;
        }
    }
    if (handler.scheduled_) {
        handler.scheduled_ = false;
        std::replace(scheduled_.begin(), scheduled_.end(), &handler, static_cast<Handler*>(nullptr));
        std::replace(scheduled_now_.begin(), scheduled_now_.end(), &handler, static_cast<Handler*>(nullptr));
    }
}

void EventLoop::schedule(Handler& handler) {
    OBROL_CHECK(may_be_used_here());
    if (std::exchange(handler.scheduled_, true)) return;
    scheduled_.push_back(&handler);
}

bool EventLoop::has_work() const {
    return !posted_.empty() || !scheduled_.empty() || !end_of_turn_.empty();
}

int EventLoop::sleep_limit_ms() {
    if (has_work()) return 0;
    may_sleep_.store(true);
    if (has_remote_.load() || stop_.load()) return 0;
    if (timers_.empty()) return -1;
    const Duration left = timers_.earliest() - clock_.monotonic_now();
    if (left <= Duration::zero()) return 0;
    // Rounded up: waking too early would only lead to another sleep.
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::min<std::int64_t>(limit, std::numeric_limits<int>::max()));
}

void EventLoop::turn() {
    wait_for_events();
    turn_clock_.forget();
    handle_events();
    handle_scheduled();
    if (!timers_.empty()) {
        turn_clock_.forget();
        timers_.fire_due(turn_clock_.monotonic_now());
    }
    run_posted();
    run_end_of_turn();
}

void EventLoop::wait_for_events() {
    const int limit_ms = sleep_limit_ms();
    const int count = ::epoll_wait(epoll_, events_.data(), events_max, limit_ms);
    may_sleep_.store(false, std::memory_order_relaxed);
    OBROL_CHECK(count >= 0 || errno == EINTR);
    event_count_ = std::max(count, 0);
}

void EventLoop::handle_events() {
    for (event_ = 0; event_ < event_count_; ++event_) {
        const epoll_event event = events_[static_cast<std::size_t>(event_)];
        if (event.data.ptr != nullptr) call(*static_cast<Handler*>(event.data.ptr), event.events);
    }
    event_count_ = 0;
}

void EventLoop::call(Handler& handler, std::uint32_t events) {
    handling_ = &handler;
    handler.called_ = true;
    if ((events & read_events) != 0) handler.on_readable((events & end_events) != 0);
    if (handling_ != nullptr && (events & write_events) != 0) handler.on_writable();
    if (handling_ != nullptr) handler.called_ = false;
    handling_ = nullptr;
}

void EventLoop::handle_scheduled() {
    scheduled_now_.swap(scheduled_);
    for (std::size_t i = 0; i < scheduled_now_.size(); ++i) {
        Handler* const handler = scheduled_now_[i];
        if (handler == nullptr) continue;
        handler->scheduled_ = false;
        call(*handler, EPOLLIN | EPOLLOUT | EPOLLHUP);
    }
    scheduled_now_.clear();
}

void EventLoop::run_posted() {
    if (has_remote_.load(std::memory_order_acquire)) take_remote_jobs();
    posted_now_.swap(posted_);
    for (Job& job : posted_now_)
        std::exchange(job, nullptr)();
    posted_now_.clear();
}

void EventLoop::run_end_of_turn() {
    // A job can add others, which may move those that are there.
    for (std::size_t i = 0; i < end_of_turn_.size(); ++i) {
        Job job = std::move(end_of_turn_[i]);
        job();
    }
    end_of_turn_.clear();
}

}  // namespace obrol
