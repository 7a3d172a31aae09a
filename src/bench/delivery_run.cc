#include "bench/delivery_run.h"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

#include "base/check.h"
#include "bench/process_usage.h"
#include "bench/text_stamp.h"
#include "bench/units.h"

namespace obrol::bench {
namespace {

constexpr Duration longest_wait = std::chrono::milliseconds(500);
// How long a message too many may take to show up after the last one.
constexpr Duration surplus_wait = std::chrono::milliseconds(100);

double per_second(std::uint64_t count, const Usage& usage) {
    return static_cast<double>(count) / usage.seconds();
}

}  // namespace

DeliveryRun::DeliveryRun(const WorkloadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted)
    : plan_(plan),
      lobby_(lobby),
      clock_(clock),
      crowd_(plan.port, lobby, *this, clock, interrupted, plan.silence_limit),
      text_(plan.text_size, 'x') {
    OBROL_CHECK(plan.text_size >= stamped_text_size_min);
}

// Users are numbered: the senders first, then the receivers.
std::vector<Seat> DeliveryRun::sender_seats() const {
    const std::size_t count = is_room() ? plan_.size.senders : plan_.size.pairs;
    std::vector<Seat> seats;
    for (std::size_t i = 0; i < count; ++i) {
        const Seat::Target target = is_room() ? Seat::Target::room : Seat::Target::partner;
        seats.push_back({.user = i, .receives = false, .sends = true, .target = target, .partner = count + i});
    }
    return seats;
}

std::vector<Seat> DeliveryRun::receiver_seats() const {
    const std::size_t before = is_room() ? plan_.size.senders : plan_.size.pairs;
    const std::size_t count = is_room() ? plan_.size.receivers : plan_.size.pairs;
    std::vector<Seat> seats;
    for (std::size_t i = 0; i < count; ++i) {
        const Seat::Target target = is_room() ? Seat::Target::room : Seat::Target::partner;
        seats.push_back({.user = before + i, .receives = true, .sends = false, .target = target, .partner = i});
    }
    return seats;
}

// How many sending times are kept for each sender: of a partner's messages no more are under way; in a room one
// receiver may be far behind the others.
std::size_t DeliveryRun::remembered() const {
    constexpr std::size_t of_a_room = 1 << 20;
    return is_room() ? of_a_room : std::bit_ceil(plan_.size.depth);
}

Result<void> DeliveryRun::bring_in() {
    std::vector<Seat> senders = sender_seats();
    const std::vector<Seat> receivers = receiver_seats();
    if (auto opened = crowd_.open(senders.size() + receivers.size()); !opened) return opened;
    // The first one opens the room.
    const std::vector<Seat> first(senders.begin(), senders.begin() + 1);
    senders.erase(senders.begin());
    for (const std::vector<Seat>& seats : {first, senders}) {
        auto admitted = crowd_.admit_all(seats);
        if (!admitted) return Failure<Error>(admitted.error());
        for (Crowd::Member* member : *admitted)
            senders_.push_back({.member = member, .sent_at = std::vector<MonotonicTime>(remembered())});
    }
    auto admitted = crowd_.admit_all(receivers);
    if (!admitted) return Failure<Error>(admitted.error());
    receivers_ = std::move(*admitted);
    readers_ = receivers_.size();
    due_.assign(receivers_.size(), std::vector<std::uint32_t>(senders_.size()));
    acknowledged_.assign(senders_.size() + receivers_.size(), 0);
    return crowd_.settle(plan_.settling);
}

Result<DeliveryResult> DeliveryRun::run() {
    if (auto in = bring_in(); !in) return Failure<Error>(in.error());
    const auto before = read_process_usage(plan_.server);
    if (!before) return Failure<Error>(before.error());
    result_.rss_before_bytes = before->rss_bytes;
    if (plan_.workload == Workload::stalled) {
        if (auto stopped = crowd_.stop_reading(*receivers_.back()); !stopped) return Failure<Error>(stopped.error());
        --readers_;
    }

    may_send_ = true;
    rate_began_ = clock_.monotonic_now();
    if (auto warm = drive_until(rate_began_ + plan_.warm_up); !warm) return Failure<Error>(warm.error());

    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    last_delivery_ = meter->began();
    measuring_ = true;
    if (auto driven = drive_until(meter->began() + plan_.window); !driven) return Failure<Error>(driven.error());
    measuring_ = false;
    const auto usage = meter->read(clock_);
    if (!usage) return Failure<Error>(usage.error());
    result_.usage = *usage;
    result_.longest_stall = std::max(result_.longest_stall, meter->began() + usage->elapsed - last_delivery_);

    may_send_ = false;
    if (auto finished = finish(); !finished) return Failure<Error>(finished.error());
    return result_;
}

Result<void> DeliveryRun::drive_until(MonotonicTime end) {
    for (MonotonicTime now = clock_.monotonic_now(); now < end; now = clock_.monotonic_now()) {
        const Duration wait = std::min(send_what_is_due(), end - now);
        if (auto turned = crowd_.turn(wait); !turned) return turned;
    }
    return {};
}

// Everything that was sent arrives and is acknowledged, and nothing more.
Result<void> DeliveryRun::finish() {
    while (missing() > 0 || waits_for_acknowledgements()) {
        if (auto turned = crowd_.turn(longest_wait); !turned)
            return fail(fmt::format("{}; {} of {} deliveries are missing, {} of {} messages are acknowledged",
                                    turned.error().what, missing(), sent_in_all_ * receivers_of_each(),
                                    result_.acknowledged_in_all, sent_in_all_));
    }
    crowd_.expect_silence(true);
    if (auto quiet = crowd_.run_until(clock_.monotonic_now() + surplus_wait); !quiet) return quiet;
    if (auto checked = check_acknowledgements(); !checked) return checked;
    if (plan_.workload == Workload::stalled) {
        std::uint64_t seen = 0;
        for (const std::uint32_t number : due_.back())
            seen += number;
        result_.stalled_missed = sent_in_all_ - seen;
    }
    return {};
}

// As many to each as he has sent messages; none at all where the server does not answer them.
Result<void> DeliveryRun::check_acknowledgements() const {
    for (std::size_t user = 0; user < acknowledged_.size(); ++user) {
        const std::uint32_t sent = user < senders_.size() ? senders_[user].sent : 0;
        const std::uint32_t due = lobby_.acknowledges() ? sent : 0;
        if (acknowledged_[user] != due)
            return fail(fmt::format("user {} has sent {} messages and has heard {} acknowledgements, not {}", user,
                                    sent, acknowledged_[user], due));
    }
    return {};
}

// How long there is nothing to send unless something arrives.
Duration DeliveryRun::send_what_is_due() {
    if (plan_.workload == Workload::latency) {
        send_by_rate();
        const auto next = std::chrono::duration<double>(static_cast<double>(sent_in_all_) / plan_.size.rate);
        const MonotonicTime at = rate_began_ + std::chrono::duration_cast<Duration>(next);
        return std::max(Duration{0}, at - clock_.monotonic_now());
    }
    if (is_room()) {
        send_to_room();
    } else {
        send_to_partners();
    }
    return longest_wait;
}

void DeliveryRun::send_by_rate() {
    const double elapsed = std::chrono::duration<double>(clock_.monotonic_now() - rate_began_).count();
    while (static_cast<double>(sent_in_all_) <= elapsed * plan_.size.rate) {
        send(senders_[next_sender_]);
        next_sender_ = (next_sender_ + 1) % senders_.size();
    }
}

// When half of the deliveries that may be under way have arrived, what is missing is sent: single messages would forbid
// any server to gather.
void DeliveryRun::send_to_room() {
    if (missing() * 2 > plan_.size.depth * readers_) return;
    while (missing() < plan_.size.depth * readers_) {
        send(senders_[next_sender_]);
        next_sender_ = (next_sender_ + 1) % senders_.size();
    }
}

void DeliveryRun::send_to_partners() {
    for (Sender& sender : senders_) {
        const std::uint64_t under_way = sender.sent - sender.delivered;
        if (under_way * 2 > plan_.size.depth) continue;
        for (std::uint64_t i = under_way; i < plan_.size.depth; ++i)
            send(sender);
    }
}

void DeliveryRun::send(Sender& sender) {
    const auto number = static_cast<std::uint32_t>(&sender - senders_.data());
    write_stamp({.sender = number, .number = sender.sent}, text_);
    sender.sent_at[sender.sent & (sender.sent_at.size() - 1)] = clock_.monotonic_now();
    crowd_.say(*sender.member, text_);
    ++sender.sent;
    ++sent_in_all_;
    if (measuring_) ++result_.sent;
}

Result<void> DeliveryRun::on_delivery(Crowd::Member& member, std::string_view text) {
    const auto stamp = read_stamp(text);
    if (!stamp || stamp->sender >= senders_.size() || text.size() != plan_.text_size)
        return fail(fmt::format("user {} received a text that nobody sent: {}", member.seat.user, text.substr(0, 100)));
    if (!member.seat.receives)
        return fail(fmt::format("user {} does not listen but received a text", member.seat.user));
    const std::size_t receiver = member.seat.user - senders_.size();
    if (!is_room() && stamp->sender != receiver)
        return fail(fmt::format("user {} received what was for another", member.seat.user));
    Sender& sender = senders_[stamp->sender];
    std::uint32_t& due = due_[receiver][stamp->sender];
    if (stamp->number != due || due >= sender.sent)
        return fail(fmt::format("user {} received message {} of sender {} when {} was due", member.seat.user,
                                stamp->number, stamp->sender, due));
    ++due;
    ++result_.delivered_in_all;
    if (!is_room()) ++sender.delivered;
    if (!measuring_) return {};
    const MonotonicTime now = crowd_.now();
    ++result_.delivered;
    if (sender.sent - stamp->number <= sender.sent_at.size())
        result_.latency.record(now - sender.sent_at[stamp->number & (sender.sent_at.size() - 1)]);
    result_.longest_stall = std::max(result_.longest_stall, now - last_delivery_);
    last_delivery_ = now;
    return {};
}

void DeliveryRun::on_acknowledgement(Crowd::Member& member) {
    ++acknowledged_[member.seat.user];
    ++result_.acknowledged_in_all;
}

Metrics metrics_of(Workload workload, const DeliveryResult& result) {
    const Usage& usage = result.usage;
    Metrics metrics{{"deliveries/s", per_second(result.delivered, usage)}};
    const double million = result.delivered > 0 ? 1e6 / static_cast<double>(result.delivered) : 0;
    metrics.push_back({"CPU-s/M", usage.server_cpu_seconds * million});
    metrics.push_back({"p50 us", microseconds(result.latency.quantile(0.50))});
    metrics.push_back({"p99 us", microseconds(result.latency.quantile(0.99))});
    metrics.push_back({"p99.9 us", microseconds(result.latency.quantile(0.999))});
    metrics.push_back({"stall ms", milliseconds(result.longest_stall)});
    metrics.push_back({"RSS MiB", mebibytes(usage.server_rss_bytes)});
    if (workload == Workload::stalled) {
        const auto grown = static_cast<double>(usage.server_rss_bytes) - static_cast<double>(result.rss_before_bytes);
        metrics.push_back({"grown MiB", grown / (1024.0 * 1024.0)});
        metrics.push_back({"unseen", static_cast<double>(result.stalled_missed)});
    }
    metrics.push_back({std::string(generator_metric), usage.generator_cpu_seconds / usage.seconds()});
    metrics.push_back({std::string(others_metric), usage.other_cpu_seconds / usage.seconds()});
    return metrics;
}

}  // namespace obrol::bench
