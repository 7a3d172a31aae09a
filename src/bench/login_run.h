// Coming in: connections that log in again and again, that come back all at once, or that only stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/crowd.h"
#include "bench/histogram.h"
#include "bench/messenger.h"
#include "bench/stop_signal.h"
#include "bench/usage_meter.h"
#include "bench/workload.h"

namespace obrol::bench {

struct LoginResult {
    std::uint64_t logins = 0;            // measured
    LatencyHistogram latency;            // of those, from connecting until the server had let them in
    Usage usage;                         // of the logins; idle: until after they had settled
    std::uint64_t rss_before_bytes = 0;  // before the first of the connections that are measured
    std::uint64_t connections = 0;       // that stay
};

// The idle, login and reconnect workloads. For one run.
class LoginRun final : private Crowd::Watcher {
  public:
    // All must outlive it.
    LoginRun(const WorkloadPlan& plan, Lobby& lobby, const Clock& clock, const StopSignal& interrupted);

    // Where the server has accounts they are made first, and their connections closed. Errors: whatever Crowd refuses.
    Result<LoginResult> run();

  private:
    Result<void> make_accounts();
    Result<void> stay();
    Result<void> come_and_go();
    Result<void> come_back();
    Result<void> measure(const UsageMeter& meter);
    std::vector<Seat> seats() const;
    void on_ready(Crowd::Member& member) override;
    Result<void> on_delivery(Crowd::Member& member, std::string_view text) override;

    const WorkloadPlan& plan_;
    const Clock& clock_;
    Lobby& lobby_;
    Crowd crowd_;
    std::vector<Crowd::Member*> done_;  // those who can leave
    bool leaving_ = false;              // whoever is ready leaves
    bool measuring_ = false;
    LoginResult result_;
};

Metrics metrics_of(Workload workload, const LoginResult& result);

}  // namespace obrol::bench
