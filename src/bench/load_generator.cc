#include "bench/load_generator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/core.h>

#include "base/check.h"
#include "bench/open_file_limit.h"
#include "bench/system_error.h"

namespace obrol::bench {
namespace {

// How late an interruption and a silent server may be noticed.
constexpr Duration longest_wait = std::chrono::milliseconds(500);
// How long the server may take to give itself away with a surplus answer after the last one.
constexpr Duration surplus_wait = std::chrono::milliseconds(50);

}  // namespace

// Passes on what a client hears, and counts the answers that nobody has asked for.
class LoadGenerator::Ears final : public Heard {
  public:
    Ears(LoadGenerator& generator, Member& member) : generator_(generator), member_(member) {}
    std::size_t answers() const { return answers_; }
    bool were_too_many() const { return surplus_; }

    void on_received() override { generator_.now_ = generator_.clock_.monotonic_now(); }
    void on_ready() override {
        ++generator_.logged_in_;
        generator_.last_answer_ = generator_.now_;
    }
    Result<void> on_delivery(std::string_view text) override {
        return fail(fmt::format("client {} received what nobody sent: {}", member_.number, text.substr(0, 100)));
    }
    void on_acknowledgement() override {
        if (is_expected()) generator_.take_acknowledgement(member_);
    }
    Result<void> on_refusal(Duration retry_after) override {
        if (is_expected()) generator_.take_refusal(member_, retry_after);
        return {};
    }

  private:
    bool is_expected() {
        ++answers_;
        surplus_ = surplus_ || member_.in_flight == 0;
        return !surplus_;
    }

    LoadGenerator& generator_;
    Member& member_;
    std::size_t answers_ = 0;
    bool surplus_ = false;
};

LoadGenerator::LoadGenerator(const LoadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted)
    : plan_(plan), lobby_(lobby), clock_(clock), interrupted_(interrupted), scratch_(256 * 1024) {
    OBROL_CHECK(plan.clients > 0 && plan.depth > 0 && plan.text_size > 0);
}

Result<LoadResult> LoadGenerator::run() {
    if (auto allowed = allow_connections(plan_.clients); !allowed) return Failure<Error>(allowed.error());
    epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event interruption{};  // its null pointer tells it from the connections
    interruption.events = EPOLLIN;
    if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, interrupted_.descriptor(), &interruption) != 0)
        return system_failure("epoll", errno);
    if (auto ready = log_in_all(); !ready) return Failure<Error>(ready.error());

    sending_ = true;
    now_ = clock_.monotonic_now();
    for (Member& member : members_) {
        if (auto filled = fill_up(member); !filled) return Failure<Error>(filled.error());
    }
    if (auto warm = drive_until(now_ + plan_.warm_up); !warm) return Failure<Error>(warm.error());

    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    last_acknowledgement_ = meter->began();
    measuring_ = true;
    if (auto measured = drive_until(meter->began() + plan_.window); !measured) return Failure<Error>(measured.error());
    measuring_ = false;
    const auto usage = meter->read(clock_);
    if (!usage) return Failure<Error>(usage.error());
    result_.longest_stall = std::max(result_.longest_stall, meter->began() + usage->elapsed - last_acknowledgement_);
    result_.usage = *usage;

    sending_ = false;
    while (in_flight_ > 0) {
        if (auto drained = turn(longest_wait); !drained) return Failure<Error>(drained.error());
    }
    // An answer too many passes for the next request's until there is none.
    if (auto quiet = drive_until(clock_.monotonic_now() + surplus_wait); !quiet) return Failure<Error>(quiet.error());
    return result_;
}

Result<void> LoadGenerator::log_in_all() {
    last_answer_ = clock_.monotonic_now();
    while (logged_in_ < plan_.clients) {
        while (members_.size() < plan_.clients && members_.size() < logged_in_ + lobby_.at_once()) {
            if (auto opened = open_next(); !opened) return opened;
        }
        if (auto turned = turn(longest_wait); !turned) return turned;
    }
    return {};
}

Result<void> LoadGenerator::open_next() {
    Seat seat;
    seat.user = members_.size();
    seat.sends = true;
    auto client = lobby_.connect(plan_.port, members_.size(), seat);
    if (!client) return Failure<Error>(client.error());
    Member& member = members_.emplace_back();
    member.client = std::move(*client);
    member.number = seat.user;
    member.sent_at.resize(plan_.depth);
    return watch(member, EPOLL_CTL_ADD);
}

Result<void> LoadGenerator::drive_until(MonotonicTime end) {
    for (MonotonicTime now = clock_.monotonic_now(); now < end; now = clock_.monotonic_now()) {
        if (auto turned = turn(std::min(longest_wait, end - now)); !turned) return turned;
    }
    return {};
}

// Waits for events and handles them.
Result<void> LoadGenerator::turn(Duration at_most) {
    std::array<epoll_event, 256> events;
    if (!paused_.empty()) at_most = std::clamp(paused_.front().until - clock_.monotonic_now(), Duration{0}, at_most);
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(timeout));
    if (count < 0 && errno != EINTR) return system_failure("epoll_wait", errno);
    if (count <= 0) {
        if (clock_.monotonic_now() - last_answer_ > plan_.silence_limit)
            return fail(fmt::format("the server has been silent for {} s with {} requests in flight",
                                    std::chrono::floor<std::chrono::seconds>(plan_.silence_limit).count(), in_flight_));
        return end_pauses();
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        if (auto handled = handle(events[i]); !handled) return handled;
    }
    return end_pauses();
}

Result<void> LoadGenerator::handle(const epoll_event& event) {
    if (event.data.ptr == nullptr) return fail("interrupted");
    auto& member = *static_cast<Member*>(event.data.ptr);
    if (event.events & EPOLLOUT) {
        if (auto flushed = flush(member); !flushed) return flushed;
    }
    if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) return on_readable(member);
    return {};
}

Result<void> LoadGenerator::end_pauses() {
    if (paused_.empty()) return {};
    now_ = clock_.monotonic_now();
    while (!paused_.empty() && paused_.front().until <= now_) {
        const auto [paused, until] = paused_.front();
        paused_.pop_front();
        Member& member = *paused;
        if (until < member.pauses_until || !sending_) continue;
        if (auto filled = fill_up(member); !filled) return filled;
    }
    return {};
}

Result<void> LoadGenerator::on_readable(Member& member) {
    Ears ears(*this, member);
    const std::size_t in_flight = member.in_flight;
    if (auto received = member.client->receive(scratch_, ears); !received) {
        if (in_flight == 0) return received;
        return fail(fmt::format("{}, with {} requests unanswered", received.error().what, member.in_flight));
    }
    if (ears.were_too_many())
        return fail(fmt::format("{} answers to {} requests of client {}", ears.answers(), in_flight, member.number));
    return sending_ && member.pauses_until <= now_ ? fill_up(member) : flush(member);
}

Duration LoadGenerator::take_answer(Member& member) {
    const Duration latency = now_ - member.sent_at[member.oldest];
    member.oldest = (member.oldest + 1) % plan_.depth;
    --member.in_flight;
    --in_flight_;
    last_answer_ = now_;
    return latency;
}

// A refusal is quick because nothing was done: it neither counts as a latency nor ends a stall.
void LoadGenerator::take_refusal(Member& member, Duration retry_after) {
    take_answer(member);
    if (measuring_) ++result_.busy;
    const Duration pause = std::max(plan_.pause_when_refused, retry_after);
    if (pause == Duration{0}) return;
    member.pauses_until = std::max(member.pauses_until, now_ + pause);
    const auto goes_on_later = [](MonotonicTime until, const Paused& other) { return until < other.until; };
    const auto place = std::upper_bound(paused_.begin(), paused_.end(), member.pauses_until, goes_on_later);
    paused_.insert(place, {&member, member.pauses_until});
}

void LoadGenerator::take_acknowledgement(Member& member) {
    const Duration latency = take_answer(member);
    ++result_.acknowledged_in_all;
    if (!measuring_) return;
    result_.latency.record(latency);
    ++result_.acknowledged;
    result_.longest_stall = std::max(result_.longest_stall, now_ - last_acknowledgement_);
    last_acknowledgement_ = now_;
}

// Sends what is missing to the plan's depth, together.
Result<void> LoadGenerator::fill_up(Member& member) {
    for (; member.in_flight < plan_.depth; ++member.in_flight, ++in_flight_) {
        // Every text differs, so that nothing can be stored once for all.
        text_.assign(plan_.text_size, 'x');
        std::uint64_t number = member.requests * plan_.clients + member.number;
        for (auto digit = text_.rbegin(); digit != text_.rend() && number > 0; ++digit, number /= 10)
            *digit = static_cast<char>('0' + number % 10);
        member.client->say(text_);
        member.sent_at[(member.oldest + member.in_flight) % plan_.depth] = now_;
        ++member.requests;
    }
    return flush(member);
}

Result<void> LoadGenerator::flush(Member& member) {
    if (auto sent = member.client->send(); !sent) return sent;
    return member.watched_to_send == member.client->waits_to_send() ? Result<void>() : watch(member, EPOLL_CTL_MOD);
}

Result<void> LoadGenerator::watch(Member& member, int operation) {
    member.watched_to_send = member.client->waits_to_send();
    epoll_event interest{};
    interest.events = EPOLLIN | (member.watched_to_send ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
    interest.data.ptr = &member;
    if (::epoll_ctl(epoll_.get(), operation, member.client->descriptor(), &interest) != 0)
        return system_failure("epoll_ctl", errno);
    return {};
}

}  // namespace obrol::bench
