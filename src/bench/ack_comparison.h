// Acknowledged ingest side by side: every server in each round, so that a slow minute of the machine hits all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/load_generator.h"
#include "bench/peer.h"
#include "bench/stop_signal.h"

namespace obrol::bench {

// One row of the comparison.
struct Cell {
    std::size_t clients = 1;
    std::size_t depth = 1;

    friend bool operator==(const Cell&, const Cell&) = default;
};

struct AckOptions {
    std::vector<std::size_t> clients = {1, 10, 100};
    std::vector<std::size_t> depths = {1, 10};
    double seconds = 5;  // measured, for each server in each round
    std::size_t rounds = 3;
    std::size_t text_size = 64;
    std::size_t pause_ms = 0;  // of a client that was refused
    std::string data_root;
};

// Every number of clients with every depth, the depths outermost.
std::vector<Cell> cells_of(const AckOptions& options);

struct Sample {
    std::string peer;
    Cell cell;
    std::size_t round = 0;
    LoadResult load;
    bool stopped_cleanly = true;  // SIGTERM was enough
};

// What a sync counter saw of one peer.
struct SyncEvidence {
    std::string peer;
    Cell cell;
    std::uint64_t acknowledged = 0;
    std::uint64_t sync_calls = 0;

    // One sync can cover no more than all requests in flight, so fewer syncs mean acknowledgements ahead of them.
    bool is_plausible() const { return acknowledged <= sync_calls * cell.clients * cell.depth; }
};

struct RunningServer;

class AckComparison {
  public:
    // `progress` takes a line for a person who waits. All must outlive it.
    AckComparison(const AckOptions& options, std::vector<std::unique_ptr<AckPeer>> peers, const Clock& clock,
                  const StopSignal& interrupted, std::function<void(const std::string&)> progress);

    // Leaves out the peers that cannot take part, saying why; returns a line for each of the others. An error when none
    // is left.
    Result<std::vector<std::string>> prepare();

    // All rounds of all cells, a fresh server with fresh data each time. The first failure ends it.
    Result<std::vector<Sample>> run();

    // Two seconds of ten clients for each peer under a sync counter.
    Result<std::vector<SyncEvidence>> count_syncs();

  private:
    LoadPlan plan_for(const RunningServer& server, Cell cell, Duration window) const;
    Result<Sample> measure(const AckPeer& peer, Cell cell, std::size_t round) const;
    Result<SyncEvidence> count_syncs_of(const AckPeer& peer) const;

    const AckOptions& options_;
    std::vector<std::unique_ptr<AckPeer>> peers_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    std::function<void(const std::string&)> progress_;
};

}  // namespace obrol::bench
