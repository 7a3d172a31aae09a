#include "bench/ack_comparison.h"

#include <fmt/core.h>
#include <utility>

#include "bench/running_server.h"
#include "bench/sync_counter.h"

namespace obrol::bench {

std::vector<Cell> cells_of(const AckOptions& options) {
    std::vector<Cell> cells;
    for (const std::size_t depth : options.depths) {
        for (const std::size_t clients : options.clients)
            cells.push_back({clients, depth});
    }
    return cells;
}

AckComparison::AckComparison(const AckOptions& options, std::vector<std::unique_ptr<AckPeer>> peers, const Clock& clock,
                             const StopSignal& interrupted, std::function<void(const std::string&)> progress)
    : options_(options),
      peers_(std::move(peers)),
      clock_(clock),
      interrupted_(interrupted),
      progress_(std::move(progress)) {}

Result<std::vector<std::string>> AckComparison::prepare() {
    return describe_all(peers_, options_.data_root, progress_);
}

LoadPlan AckComparison::plan_for(const RunningServer& server, Cell cell, Duration window) const {
    LoadPlan plan;
    plan.port = server.port;
    plan.server = server.process.id();
    plan.clients = cell.clients;
    plan.depth = cell.depth;
    plan.text_size = options_.text_size;
    plan.pause_when_refused = std::chrono::milliseconds(options_.pause_ms);
    plan.window = window;
    return plan;
}

Result<Sample> AckComparison::measure(const AckPeer& peer, Cell cell, std::size_t round) const {
    auto server = start_server(peer, options_.data_root, clock_, interrupted_);
    if (!server) return Failure<Error>(server.error());
    const auto window = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options_.seconds));
    const LoadPlan plan = plan_for(*server, cell, window);
    const std::unique_ptr<Lobby> lobby = peer.lobby();
    LoadGenerator generator(plan, *lobby, clock_, interrupted_);
    auto load = generator.run();
    if (!load) return about_run(peer, *server, load.error().what, interrupted_);
    Sample sample{peer.name(), cell, round, std::move(*load), true};
    sample.stopped_cleanly = server->stop();
    return sample;
}

Result<std::vector<Sample>> AckComparison::run() {
    std::vector<Sample> samples;
    const auto cells = cells_of(options_);
    for (std::size_t round = 0; round < options_.rounds; ++round) {
        for (const Cell& cell : cells) {
            for (std::size_t turn = 0; turn < peers_.size(); ++turn) {
                // Another one begins each round, so that none always follows the same neighbour's writes.
                const AckPeer& peer = *peers_[(round + turn) % peers_.size()];
                auto sample = measure(peer, cell, round);
                if (!sample) return Failure<Error>(sample.error());
                progress_(fmt::format("round {} of {}, {} x {} in flight, {}: {:.0f} acknowledged/s{}", round + 1,
                                      options_.rounds, cell.clients, cell.depth, peer.name(),
                                      static_cast<double>(sample->load.acknowledged) /
                                          std::chrono::duration<double>(sample->load.usage.elapsed).count(),
                                      sample->stopped_cleanly ? "" : "; it had to be killed, SIGTERM did not end it"));
                samples.push_back(std::move(*sample));
            }
        }
    }
    return samples;
}

Result<SyncEvidence> AckComparison::count_syncs_of(const AckPeer& peer) const {
    constexpr Cell cell{10, 1};
    auto server = start_server(peer, options_.data_root, clock_, interrupted_);
    if (!server) return Failure<Error>(server.error());
    auto counter = SyncCounter::start(server->process.id(), options_.data_root, clock_, interrupted_);
    if (!counter) return Failure<Error>(counter.error());
    const LoadPlan plan = plan_for(*server, cell, std::chrono::seconds(2));
    const std::unique_ptr<Lobby> lobby = peer.lobby();
    LoadGenerator generator(plan, *lobby, clock_, interrupted_);
    const auto load = generator.run();
    if (!load) return about(peer, load.error().what);
    const auto calls = counter->finish();
    if (!calls) return Failure<Error>(calls.error());
    server->stop();
    return SyncEvidence{peer.name(), cell, load->acknowledged_in_all, *calls};
}

Result<std::vector<SyncEvidence>> AckComparison::count_syncs() {
    std::vector<SyncEvidence> all;
    for (const auto& peer : peers_) {
        progress_("counting the sync calls of " + peer->name());
        auto evidence = count_syncs_of(*peer);
        if (!evidence) return Failure<Error>(evidence.error());
        all.push_back(std::move(*evidence));
    }
    return all;
}

}  // namespace obrol::bench
