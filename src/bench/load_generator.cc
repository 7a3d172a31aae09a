#include "bench/load_generator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/core.h>
#include <sys/epoll.h>

#include "base/check.h"
#include "bench/open_file_limit.h"
#include "bench/system_error.h"

namespace obrol::bench {
namespace {

// A login costs a password hash; many more at once would only wait in the server and fill the listen queue.
constexpr std::size_t logins_at_once = 16;
// How late an interruption and a silent server may be noticed.
constexpr Duration longest_wait = std::chrono::milliseconds(500);
// How long the server may take to give itself away with a surplus answer after the last one.
constexpr Duration surplus_wait = std::chrono::milliseconds(50);

}  // namespace

LoadGenerator::LoadGenerator(const LoadPlan& plan, const Protocol& protocol, const Clock& clock,
                             const StopSignal& interrupted)
    : plan_(plan), protocol_(protocol), clock_(clock), interrupted_(interrupted), scratch_(256 * 1024) {
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
    for (Connection& connection : connections_) {
        if (auto filled = fill_up(connection); !filled) return Failure<Error>(filled.error());
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
        while (connections_.size() < plan_.clients && connections_.size() < logged_in_ + logins_at_once) {
            if (auto opened = open_next(); !opened) return opened;
        }
        if (auto turned = turn(longest_wait); !turned) return turned;
    }
    return {};
}

Result<void> LoadGenerator::open_next() {
    auto opened = Connection::open(plan_.port, connections_.size(), plan_.depth);
    if (!opened) return Failure<Error>(opened.error());
    Connection& connection = connections_.emplace_back(std::move(*opened));
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = &connection;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.descriptor(), &interest) != 0)
        return system_failure("epoll_ctl", errno);
    protocol_.append_login(connection.client(), connection.outgoing());
    return flush(connection);
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
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(timeout));
    if (count < 0 && errno != EINTR) return system_failure("epoll_wait", errno);
    if (count <= 0) {
        if (clock_.monotonic_now() - last_answer_ > plan_.silence_limit)
            return fail(fmt::format("the server has been silent for {} s with {} requests in flight",
                                    std::chrono::floor<std::chrono::seconds>(plan_.silence_limit).count(), in_flight_));
        return {};
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        if (events[i].data.ptr == nullptr) return fail("interrupted");
        auto& connection = *static_cast<Connection*>(events[i].data.ptr);
        if (events[i].events & EPOLLOUT) {
            if (auto flushed = flush(connection); !flushed) return flushed;
        }
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
            if (auto read = on_readable(connection); !read) return read;
        }
    }
    return {};
}

Result<void> LoadGenerator::on_readable(Connection& connection) {
    const auto received = connection.receive(scratch_);
    if (!received) return Failure<Error>(received.error());
    if (received->empty()) return {};
    now_ = clock_.monotonic_now();
    const auto consumed =
        connection.logged_in ? on_acknowledgements(connection, *received) : on_login_answer(connection, *received);
    if (!consumed) return Failure<Error>(consumed.error());
    connection.consume(*consumed);
    return sending_ ? fill_up(connection) : Result<void>();
}

Result<std::size_t> LoadGenerator::on_login_answer(Connection& connection, std::string_view received) {
    const auto count = protocol_.read_login_answer(received);
    if (!count) return Failure<Error>(count.error());
    if (count->answers > 0) {
        connection.logged_in = true;
        ++logged_in_;
        last_answer_ = now_;
    }
    return count->consumed;
}

Result<std::size_t> LoadGenerator::on_acknowledgements(Connection& connection, std::string_view received) {
    for (std::size_t consumed = 0;;) {
        const auto count = protocol_.count_acknowledgements(received.substr(consumed));
        if (!count) return Failure<Error>(count.error());
        consumed += count->consumed;
        if (count->answers == 0) return consumed;
        if (auto taken = take_answers(connection, *count); !taken) return Failure<Error>(taken.error());
    }
}

// A refusal is quick because nothing was done: it neither counts as a latency nor ends a stall.
Result<void> LoadGenerator::take_answers(Connection& connection, const AnswerCount& count) {
    if (count.answers > connection.in_flight())
        return fail(fmt::format("{} answers to {} requests of client {}", count.answers, connection.in_flight(),
                                connection.client()));
    for (std::size_t i = 0; i < count.answers; ++i) {
        const Duration latency = now_ - connection.request_answered();
        if (measuring_ && !count.busy) result_.latency.record(latency);
    }
    in_flight_ -= count.answers;
    last_answer_ = now_;
    if (count.busy) {
        if (measuring_) result_.busy += count.answers;
        return {};
    }
    result_.acknowledged_in_all += count.answers;
    if (!measuring_) return {};
    result_.acknowledged += count.answers;
    result_.longest_stall = std::max(result_.longest_stall, now_ - last_acknowledgement_);
    last_acknowledgement_ = now_;
    return {};
}

// Sends what is missing to the plan's depth, in one write.
Result<void> LoadGenerator::fill_up(Connection& connection) {
    for (; connection.in_flight() < plan_.depth; ++in_flight_) {
        // Every text differs, so that nothing can be stored once for all.
        text_.assign(plan_.text_size, 'x');
        std::uint64_t number = connection.requests() * plan_.clients + connection.client();
        for (auto digit = text_.rbegin(); digit != text_.rend() && number > 0; ++digit, number /= 10)
            *digit = static_cast<char>('0' + number % 10);
        protocol_.append_request(connection.client(), connection.requests(), text_, connection.outgoing());
        connection.request_sent(now_);
    }
    return flush(connection);
}

Result<void> LoadGenerator::flush(Connection& connection) {
    const auto whole = connection.flush();
    if (!whole) return Failure<Error>(whole.error());
    if (connection.waits_to_send == !*whole) return {};
    connection.waits_to_send = !*whole;
    epoll_event interest{};
    interest.events = EPOLLIN | (connection.waits_to_send ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
    interest.data.ptr = &connection;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.descriptor(), &interest) != 0)
        return system_failure("epoll_ctl", errno);
    return {};
}

}  // namespace obrol::bench
