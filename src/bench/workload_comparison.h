// One workload against several servers: every server in each round, so that a slow minute of the machine hits all.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/peer.h"
#include "bench/stop_signal.h"
#include "bench/workload.h"

namespace obrol::bench {

struct WorkloadOptions {
    Workload workload = Workload::fanout;
    std::vector<WorkloadSize> sizes;
    double seconds = 5;  // measured, for each server in each round
    std::size_t rounds = 3;
    std::size_t text_size = 64;
    std::string data_root;
};

struct WorkloadSample {
    std::string peer;
    WorkloadSize size;
    std::size_t round = 0;
    Metrics metrics;
    bool stopped_cleanly = true;
};

class WorkloadComparison {
  public:
    // `progress` takes a line for a person who waits. All must outlive it.
    WorkloadComparison(const WorkloadOptions& options, std::vector<std::unique_ptr<MessagingPeer>> peers,
                       const Clock& clock, const StopSignal& interrupted,
                       std::function<void(const std::string&)> progress);

    // Leaves out the peers that cannot take part, saying why; returns a line for each of the others. An error when none
    // is left.
    Result<std::vector<std::string>> prepare();

    // All rounds of all sizes, a fresh server with fresh data each time. The first failure ends it.
    Result<std::vector<WorkloadSample>> run();

  private:
    Result<WorkloadSample> measure(const MessagingPeer& peer, const WorkloadSize& size, std::size_t round) const;
    Result<Metrics> drive(const WorkloadPlan& plan, Lobby& lobby) const;

    const WorkloadOptions& options_;
    std::vector<std::unique_ptr<MessagingPeer>> peers_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    std::function<void(const std::string&)> progress_;
};

}  // namespace obrol::bench
