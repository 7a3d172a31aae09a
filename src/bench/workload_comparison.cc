#include "bench/workload_comparison.h"

#include <fmt/core.h>
#include <utility>

#include "bench/delivery_run.h"
#include "bench/login_run.h"
#include "bench/open_file_limit.h"
#include "bench/running_server.h"

namespace obrol::bench {

WorkloadComparison::WorkloadComparison(const WorkloadOptions& options,
                                       std::vector<std::unique_ptr<MessagingPeer>> peers, const Clock& clock,
                                       const StopSignal& interrupted, std::function<void(const std::string&)> progress)
    : options_(options),
      peers_(std::move(peers)),
      clock_(clock),
      interrupted_(interrupted),
      progress_(std::move(progress)) {}

Result<std::vector<std::string>> WorkloadComparison::prepare() {
    // The servers inherit the limit.
    if (auto allowed = allow_connections(0); !allowed) return Failure<Error>(allowed.error());
    return describe_all(peers_, options_.data_root, progress_);
}

Result<Metrics> WorkloadComparison::drive(const WorkloadPlan& plan, Lobby& lobby) const {
    switch (plan.workload) {
        case Workload::fanout:
        case Workload::pairs:
        case Workload::latency:
        case Workload::stalled: {
            DeliveryRun run(plan, lobby, clock_, interrupted_);
            const auto result = run.run();
            if (!result) return Failure<Error>(result.error());
            return metrics_of(plan.workload, *result);
        }
        case Workload::idle:
        case Workload::login:
        case Workload::reconnect: {
            LoginRun run(plan, lobby, clock_, interrupted_);
            const auto result = run.run();
            if (!result) return Failure<Error>(result.error());
            return metrics_of(plan.workload, *result);
        }
    }
    return fail("no such workload");
}

Result<WorkloadSample> WorkloadComparison::measure(const MessagingPeer& peer, const WorkloadSize& size,
                                                   std::size_t round) const {
    auto server = start_server(peer, options_.data_root, clock_, interrupted_);
    if (!server) return Failure<Error>(server.error());
    WorkloadPlan plan;
    plan.workload = options_.workload;
    plan.size = size;
    plan.text_size = options_.text_size;
    plan.window = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options_.seconds));
    plan.port = server->port;
    plan.server = server->process.id();
    const std::unique_ptr<Lobby> lobby = peer.lobby();
    auto metrics = drive(plan, *lobby);
    if (!metrics) return about_run(peer, *server, metrics.error().what, interrupted_);
    WorkloadSample sample{peer.name(), size, round, std::move(*metrics), true};
    sample.stopped_cleanly = server->stop();
    return sample;
}

Result<std::vector<WorkloadSample>> WorkloadComparison::run() {
    std::vector<WorkloadSample> samples;
    for (std::size_t round = 0; round < options_.rounds; ++round) {
        for (const WorkloadSize& size : options_.sizes) {
            for (std::size_t turn = 0; turn < peers_.size(); ++turn) {
                // Another one begins each round, so that none always follows the same neighbour.
                const MessagingPeer& peer = *peers_[(round + turn) % peers_.size()];
                auto sample = measure(peer, size, round);
                if (!sample) return Failure<Error>(sample.error());
                const Metric& first = sample->metrics.front();
                progress_(fmt::format("round {} of {}, {}, {}: {} {:.6g}{}", round + 1, options_.rounds,
                                      describe(options_.workload, size), peer.name(), first.name, first.value,
                                      sample->stopped_cleanly ? "" : "; it had to be killed"));
                samples.push_back(std::move(*sample));
            }
        }
    }
    return samples;
}

}  // namespace obrol::bench
