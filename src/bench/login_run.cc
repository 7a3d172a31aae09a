#include "bench/login_run.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "bench/process_usage.h"
#include "bench/units.h"

namespace obrol::bench {
namespace {

constexpr Duration longest_wait = std::chrono::milliseconds(500);

}  // namespace

LoginRun::LoginRun(const WorkloadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted)
    : plan_(plan),
      clock_(clock),
      lobby_(lobby),
      crowd_(plan.port, lobby, *this, clock, interrupted, plan.silence_limit) {}

std::vector<Seat> LoginRun::seats() const {
    const bool listens = plan_.workload != Workload::login;
    std::vector<Seat> all;
    for (std::size_t i = 0; i < plan_.size.clients; ++i)
        all.push_back({.user = i, .receives = listens, .sends = false, .target = Seat::Target::partner, .partner = i});
    return all;
}

Result<LoginResult> LoginRun::run() {
    if (auto opened = crowd_.open(plan_.size.clients); !opened) return Failure<Error>(opened.error());
    if (lobby_.has_accounts()) {
        if (auto made = make_accounts(); !made) return Failure<Error>(made.error());
    }
    const auto before = read_process_usage(plan_.server);
    if (!before) return Failure<Error>(before.error());
    result_.rss_before_bytes = before->rss_bytes;
    const auto done = plan_.workload == Workload::idle    ? stay()
                      : plan_.workload == Workload::login ? come_and_go()
                                                          : come_back();
    if (!done) return Failure<Error>(done.error());
    return result_;
}

// Everybody leaves as soon as he was let in: what the server has kept for the connections that are measured must not be
// there before.
Result<void> LoginRun::make_accounts() {
    const std::vector<Seat> all = seats();
    leaving_ = true;
    for (std::size_t admitted = 0, left = 0; left < all.size();) {
        for (; admitted < all.size() && admitted < left + lobby_.at_once(); ++admitted) {
            if (const auto member = crowd_.admit(all[admitted]); !member) return Failure<Error>(member.error());
        }
        if (auto turned = crowd_.turn(longest_wait); !turned) return turned;
        left += done_.size();
        for (Crowd::Member* member : std::exchange(done_, {}))
            crowd_.dismiss(*member);
    }
    leaving_ = false;
    return crowd_.settle(plan_.settling);
}

Result<void> LoginRun::measure(const UsageMeter& meter) {
    const auto usage = meter.read(clock_);
    if (!usage) return Failure<Error>(usage.error());
    result_.usage = *usage;
    result_.connections = crowd_.ready();
    return {};
}

Result<void> LoginRun::stay() {
    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    measuring_ = true;
    if (const auto admitted = crowd_.admit_all(seats()); !admitted) return Failure<Error>(admitted.error());
    measuring_ = false;
    crowd_.expect_silence(true);
    if (auto settled = crowd_.run_until(clock_.monotonic_now() + plan_.window); !settled) return settled;
    return measure(*meter);
}

// So many clients at a time, each of which comes again as soon as it was let in.
Result<void> LoginRun::come_and_go() {
    const std::vector<Seat> all = seats();
    for (const Seat& seat : all) {
        if (const auto member = crowd_.admit(seat); !member) return Failure<Error>(member.error());
    }
    const auto drive_until = [&](MonotonicTime end) -> Result<void> {
        while (clock_.monotonic_now() < end) {
            if (auto turned = crowd_.turn(std::min(longest_wait, end - clock_.monotonic_now())); !turned) return turned;
            for (Crowd::Member* member : std::exchange(done_, {})) {
                const Seat seat = member->seat;
                crowd_.dismiss(*member);
                if (const auto again = crowd_.admit(seat); !again) return Failure<Error>(again.error());
            }
        }
        return {};
    };
    leaving_ = true;
    if (auto warm = drive_until(clock_.monotonic_now() + plan_.warm_up); !warm) return warm;
    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    measuring_ = true;
    if (auto driven = drive_until(meter->began() + plan_.window); !driven) return driven;
    measuring_ = false;
    return measure(*meter);
}

Result<void> LoginRun::come_back() {
    const auto here = crowd_.admit_all(seats());
    if (!here) return Failure<Error>(here.error());
    if (auto settled = crowd_.settle(plan_.settling); !settled) return settled;
    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    measuring_ = true;
    for (Crowd::Member* member : *here)
        crowd_.dismiss(*member);
    for (const Seat& seat : seats()) {
        if (const auto member = crowd_.admit(seat); !member) return Failure<Error>(member.error());
    }
    while (crowd_.ready() < plan_.size.clients) {
        if (auto turned = crowd_.turn(longest_wait); !turned) return turned;
    }
    measuring_ = false;
    return measure(*meter);
}

void LoginRun::on_ready(Crowd::Member& member) {
    if (leaving_) done_.push_back(&member);
    if (!measuring_) return;
    ++result_.logins;
    result_.latency.record(member.ready_at - member.began);
}

Result<void> LoginRun::on_delivery(Crowd::Member& member, std::string_view text) {
    return fail(fmt::format("user {} received what nobody sent: {}", member.seat.user, text.substr(0, 100)));
}

Metrics metrics_of(Workload workload, const LoginResult& result) {
    const Usage& usage = result.usage;
    const double logins = static_cast<double>(result.logins);
    Metrics metrics;
    if (workload == Workload::idle) {
        const double grown = static_cast<double>(usage.server_rss_bytes) - static_cast<double>(result.rss_before_bytes);
        metrics.push_back({"KiB/connection", grown / 1024.0 / static_cast<double>(result.connections)});
        metrics.push_back({"before MiB", mebibytes(result.rss_before_bytes)});
    }
    if (workload == Workload::login) metrics.push_back({"logins/s", logins / usage.seconds()});
    if (workload == Workload::reconnect) {
        metrics.push_back({"all back ms", usage.seconds() * 1e3});
        metrics.push_back({"logins/s", logins / usage.seconds()});
    }
    metrics.push_back({"RSS MiB", mebibytes(usage.server_rss_bytes)});
    metrics.push_back({"CPU-s/M", result.logins > 0 ? usage.server_cpu_seconds * 1e6 / logins : 0});
    metrics.push_back({"p50 us", microseconds(result.latency.quantile(0.50))});
    metrics.push_back({"p99 us", microseconds(result.latency.quantile(0.99))});
    metrics.push_back({"p99.9 us", microseconds(result.latency.quantile(0.999))});
    metrics.push_back({std::string(generator_metric), usage.generator_cpu_seconds / usage.seconds()});
    metrics.push_back({std::string(others_metric), usage.other_cpu_seconds / usage.seconds()});
    return metrics;
}

}  // namespace obrol::bench
