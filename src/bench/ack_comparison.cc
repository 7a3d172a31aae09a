#include "bench/ack_comparison.h"

#include <fmt/core.h>
#include <utility>

#include "bench/scratch_directory.h"
#include "bench/server_process.h"
#include "bench/sync_counter.h"

namespace obrol::bench {
namespace {

constexpr auto ready_limit = std::chrono::seconds(60);
constexpr auto stop_limit = std::chrono::seconds(30);
// A free port may be gone by the time the server binds it.
constexpr int start_attempts = 3;

Failure<Error> about(const Peer& peer, const std::string& what) {
    return fail(peer.name() + ": " + what);
}

}  // namespace

std::vector<Cell> cells_of(const AckOptions& options) {
    std::vector<Cell> cells;
    for (const std::size_t depth : options.depths) {
        for (const std::size_t clients : options.clients)
            cells.push_back({clients, depth});
    }
    return cells;
}

// The members are destroyed in reverse order: the process ends before its data is removed.
class AckComparison::RunningServer {
  public:
    RunningServer(ScratchDirectory data, ServerProcess server, std::uint16_t listening)
        : directory(std::move(data)), process(std::move(server)), port(listening) {}

    ScratchDirectory directory;
    ServerProcess process;
    std::uint16_t port;
};

AckComparison::AckComparison(const AckOptions& options, std::vector<std::unique_ptr<Peer>> peers, const Clock& clock,
                             const StopSignal& interrupted, std::function<void(const std::string&)> progress)
    : options_(options),
      peers_(std::move(peers)),
      clock_(clock),
      interrupted_(interrupted),
      progress_(std::move(progress)) {}

Result<std::vector<std::string>> AckComparison::prepare() {
    const auto scratch = ScratchDirectory::make(options_.data_root, "probe");
    if (!scratch) return Failure<Error>(scratch.error());
    std::vector<std::string> lines;
    std::erase_if(peers_, [&](const std::unique_ptr<Peer>& peer) {
        const auto description = peer->describe(scratch->path());
        if (description) {
            lines.push_back(peer->name() + ": " + *description);
        } else {
            progress_(fmt::format("going on without {}: {}", peer->name(), description.error().what));
        }
        return !description;
    });
    if (peers_.empty()) return fail("no server is left to measure");
    return lines;
}

Result<AckComparison::RunningServer> AckComparison::start(const Peer& peer) const {
    std::string reason;
    for (int attempt = 0; attempt < start_attempts && !interrupted_.raised(); ++attempt) {
        auto directory = ScratchDirectory::make(options_.data_root, peer.name());
        if (!directory) return Failure<Error>(directory.error());
        const auto free_port = find_free_port();
        if (!free_port) return Failure<Error>(free_port.error());
        auto process = ServerProcess::start(peer.arguments(directory->path(), *free_port), directory->path());
        if (!process) return about(peer, process.error().what);
        std::optional<std::uint16_t> port;
        const auto ready = process->wait_until(
            [&](std::string_view output, std::string_view) {
                port = peer.ready_port(output, *free_port);
                return port.has_value();
            },
            ready_limit, clock_, interrupted_);
        if (ready) return RunningServer(std::move(*directory), std::move(*process), *port);
        reason = ready.error().what;
    }
    return about(peer, reason.empty() ? "interrupted" : reason);
}

LoadPlan AckComparison::plan_for(const RunningServer& server, Cell cell, Duration window) const {
    LoadPlan plan;
    plan.port = server.port;
    plan.server = server.process.id();
    plan.clients = cell.clients;
    plan.depth = cell.depth;
    plan.text_size = options_.text_size;
    plan.window = window;
    return plan;
}

Result<Sample> AckComparison::measure(const Peer& peer, Cell cell, std::size_t round) const {
    auto server = start(peer);
    if (!server) return Failure<Error>(server.error());
    const auto window = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options_.seconds));
    const LoadPlan plan = plan_for(*server, cell, window);
    LoadGenerator generator(plan, peer.protocol(), clock_, interrupted_);
    auto load = generator.run();
    if (!load && interrupted_.raised()) return Failure<Error>(load.error());
    if (!load) {
        const std::string words = server->process.last_words();
        return about(peer, load.error().what + (words.empty() ? "" : "; the server's last words:\n" + words));
    }
    Sample sample{peer.name(), cell, round, std::move(*load), true};
    sample.stopped_cleanly = server->process.stop(stop_limit);
    return sample;
}

Result<std::vector<Sample>> AckComparison::run() {
    std::vector<Sample> samples;
    const auto cells = cells_of(options_);
    for (std::size_t round = 0; round < options_.rounds; ++round) {
        for (const Cell& cell : cells) {
            for (std::size_t turn = 0; turn < peers_.size(); ++turn) {
                // Another one begins each round, so that none always follows the same neighbour's writes.
                const Peer& peer = *peers_[(round + turn) % peers_.size()];
                auto sample = measure(peer, cell, round);
                if (!sample) return Failure<Error>(sample.error());
                progress_(fmt::format("round {} of {}, {} x {} in flight, {}: {:.0f} acknowledged/s{}", round + 1,
                                      options_.rounds, cell.clients, cell.depth, peer.name(),
                                      static_cast<double>(sample->load.acknowledged) /
                                          std::chrono::duration<double>(sample->load.elapsed).count(),
                                      sample->stopped_cleanly ? "" : "; it had to be killed, SIGTERM did not end it"));
                samples.push_back(std::move(*sample));
            }
        }
    }
    return samples;
}

Result<SyncEvidence> AckComparison::count_syncs_of(const Peer& peer) const {
    constexpr Cell cell{10, 1};
    auto server = start(peer);
    if (!server) return Failure<Error>(server.error());
    auto counter = SyncCounter::start(server->process.id(), options_.data_root, clock_, interrupted_);
    if (!counter) return Failure<Error>(counter.error());
    const LoadPlan plan = plan_for(*server, cell, std::chrono::seconds(2));
    LoadGenerator generator(plan, peer.protocol(), clock_, interrupted_);
    const auto load = generator.run();
    if (!load) return about(peer, load.error().what);
    const auto calls = counter->finish();
    if (!calls) return Failure<Error>(calls.error());
    server->process.stop(stop_limit);
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
