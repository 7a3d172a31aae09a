#include "bench/crowd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fmt/core.h>
#include <sys/epoll.h>
#include <utility>

#include "base/check.h"
#include "bench/open_file_limit.h"
#include "bench/system_error.h"

namespace obrol::bench {
namespace {

// How late an interruption and a silent server may be noticed.
constexpr Duration longest_wait = std::chrono::milliseconds(500);

timespec to_timespec(Duration time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    timespec result{};
    result.tv_sec = seconds.count();
    result.tv_nsec = (time - seconds).count();
    return result;
}

}  // namespace

// Passes on what a member's client hears.
class Crowd::Ears final : public Heard {
  public:
    Ears(Crowd& crowd, Member& member) : crowd_(crowd), member_(member) {}
    void on_received() override { crowd_.now_ = crowd_.clock_.monotonic_now(); }
    void on_ready() override {
        OBROL_CHECK(!member_.ready);
        member_.ready = true;
        member_.ready_at = crowd_.now_;
        ++crowd_.ready_;
        crowd_.watcher_.on_ready(member_);
    }
    Result<void> on_delivery(std::string_view text) override { return crowd_.watcher_.on_delivery(member_, text); }
    void on_acknowledgement() override { crowd_.watcher_.on_acknowledgement(member_); }

  private:
    Crowd& crowd_;
    Member& member_;
};

Crowd::Crowd(std::uint16_t port, Lobby& lobby, Watcher& watcher, const Clock& clock, const StopSignal& interrupted,
             Duration silence_limit)
    : port_(port),
      lobby_(lobby),
      watcher_(watcher),
      clock_(clock),
      interrupted_(interrupted),
      silence_limit_(silence_limit),
      scratch_(256 * 1024) {}

Crowd::~Crowd() = default;

Result<void> Crowd::open(std::size_t connections_max) {
    if (auto allowed = allow_connections(connections_max); !allowed) return allowed;
    epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event interruption{};  // its null pointer tells it from the members
    interruption.events = EPOLLIN;
    if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, interrupted_.descriptor(), &interruption) != 0)
        return system_failure("epoll", errno);
    now_ = last_event_ = clock_.monotonic_now();
    return {};
}

Result<Crowd::Member*> Crowd::admit(const Seat& seat) {
    const MonotonicTime now = clock_.monotonic_now();
    auto client = lobby_.connect(port_, admitted_, seat);
    if (!client) return Failure<Error>(client.error());
    ++admitted_;
    members_.push_back(std::make_unique<Member>(std::move(*client), seat, now));
    Member& member = *members_.back();
    if (auto watched = watch(member, EPOLL_CTL_ADD); !watched) return Failure<Error>(watched.error());
    return &member;
}

void Crowd::dismiss(Member& member) {
    const auto found = std::ranges::find(members_, &member, &std::unique_ptr<Member>::get);
    OBROL_CHECK(found != members_.end());
    if (member.ready) --ready_;
    std::erase(with_words_, &member);
    // Events of this turn may still name it; its descriptor stays open until the turn ends.
    if (in_turn_) gone_.push_back(std::move(*found));
    if (found != members_.end() - 1) *found = std::move(members_.back());
    members_.pop_back();
}

Result<std::vector<Crowd::Member*>> Crowd::admit_all(const std::vector<Seat>& seats) {
    const std::size_t ready_before = ready_;
    std::vector<Member*> admitted;
    while (ready_ < ready_before + seats.size()) {
        while (admitted.size() < seats.size() && admitted.size() < ready_ - ready_before + lobby_.at_once()) {
            auto member = admit(seats[admitted.size()]);
            if (!member) return Failure<Error>(member.error());
            admitted.push_back(*member);
        }
        if (auto turned = turn(longest_wait); !turned) return Failure<Error>(turned.error());
    }
    return admitted;
}

void Crowd::say(Member& member, std::string_view text) {
    member.client->say(text);
    mark(member);
}

void Crowd::mark(Member& member) {
    if (member.has_words) return;
    member.has_words = true;
    with_words_.push_back(&member);
}

Result<void> Crowd::flush() {
    for (Member* member : with_words_) {
        member->has_words = false;
        if (auto sent = send(*member); !sent) return sent;
    }
    with_words_.clear();
    return {};
}

Result<void> Crowd::stop_reading(Member& member) {
    // Not only its readability: an end of the connection would be reported again and again.
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.client->descriptor(), nullptr) != 0)
        return system_failure("epoll_ctl", errno);
    return {};
}

Result<void> Crowd::run_until(MonotonicTime end) {
    for (MonotonicTime now = clock_.monotonic_now(); now < end; now = clock_.monotonic_now()) {
        if (auto turned = turn(end - now); !turned) return turned;
    }
    return {};
}

Result<void> Crowd::settle(Duration quiet) {
    const bool expected_before = std::exchange(silence_expected_, true);
    last_event_ = clock_.monotonic_now();
    while (clock_.monotonic_now() - last_event_ < quiet) {
        if (auto turned = turn(quiet); !turned) return turned;
    }
    silence_expected_ = expected_before;
    last_event_ = clock_.monotonic_now();
    return {};
}

Result<void> Crowd::turn(Duration at_most) {
    if (auto flushed = flush(); !flushed) return flushed;
    std::array<epoll_event, 1024> events;
    const timespec timeout = to_timespec(std::clamp(at_most, Duration{0}, longest_wait));
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) return system_failure("epoll_pwait2", errno);
    now_ = clock_.monotonic_now();
    if (count <= 0) {
        if (!silence_expected_ && now_ - last_event_ > silence_limit_)
            return fail(fmt::format("nothing has happened for {} s, with {} of {} connections ready",
                                    std::chrono::floor<std::chrono::seconds>(silence_limit_).count(), ready_,
                                    members_.size()));
        return {};
    }
    last_event_ = now_;
    in_turn_ = true;
    auto handled = handle_all({events.data(), static_cast<std::size_t>(count)});
    in_turn_ = false;
    gone_.clear();
    return handled;
}

Result<void> Crowd::handle_all(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) {
        if (event.data.ptr == nullptr) return fail("interrupted");
        auto* const member = static_cast<Member*>(event.data.ptr);
        if (is_gone(member)) continue;
        if (auto handled = handle(*member, event.events); !handled) return handled;
    }
    return {};
}

bool Crowd::is_gone(const Member* member) const {
    return std::ranges::any_of(gone_, [&](const auto& gone) { return gone.get() == member; });
}

Result<void> Crowd::handle(Member& member, std::uint32_t events) {
    if (events & EPOLLOUT) {
        if (auto sent = send(member); !sent) return sent;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) return read(member);
    return {};
}

Result<void> Crowd::read(Member& member) {
    Ears ears(*this, member);
    if (auto received = member.client->receive(scratch_, ears); !received) return received;
    // The watcher may have dismissed the member; it stays until the turn ends.
    if (member.client->has_words() && !is_gone(&member)) mark(member);
    return keep_watch(member);
}

Result<void> Crowd::send(Member& member) {
    if (auto sent = member.client->send(); !sent) return sent;
    return keep_watch(member);
}

Result<void> Crowd::keep_watch(Member& member) {
    return member.watched_to_send == member.client->waits_to_send() ? Result<void>() : watch(member, EPOLL_CTL_MOD);
}

Result<void> Crowd::watch(Member& member, int operation) {
    member.watched_to_send = member.client->waits_to_send();
    epoll_event interest{};
    interest.events = EPOLLIN | (member.watched_to_send ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
    interest.data.ptr = &member;
    if (::epoll_ctl(epoll_.get(), operation, member.client->descriptor(), &interest) != 0)
        return system_failure("epoll_ctl", errno);
    return {};
}

}  // namespace obrol::bench
