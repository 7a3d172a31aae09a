// Turns samples into what a person or a program reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/ack_comparison.h"
#include "bench/spread.h"

namespace obrol::bench {

// What one peer did in one cell, over all rounds.
struct CellSummary {
    std::string peer;
    Cell cell;
    std::size_t rounds = 0;
    Spread acknowledged_per_second;
    Spread busy_per_second;  // refused because the server was busy
    Spread server_cpu_seconds_per_million;
    Spread p50_microseconds;
    Spread p99_microseconds;
    Spread p99_9_microseconds;
    double longest_stall_milliseconds = 0;  // of all rounds
    Spread rss_mebibytes;
    Spread generator_cpu_share;  // 1: the generator's one thread did nothing but work
    Spread other_cores;          // kept busy by neither the server nor the generator
};

// From this many cores on the other programs of the machine decide what is measured.
inline constexpr double others_limit_cores = 0.3;

// From this share on it is the generator whose speed is measured.
inline constexpr double generator_limit_share = 0.9;

// The first peer's rate divided by the second's, round by round, so that what slowed a whole round cancels out.
struct Ratio {
    std::string peer;
    std::string against;
    Cell cell;
    Spread rate;
    Spread server_cpu;
};

// In the order of first appearance.
std::vector<CellSummary> summarize(const std::vector<Sample>& samples);

// One for each cell in which both have a sample in every round.
std::vector<Ratio> ratios_of(const std::vector<Sample>& samples, const std::string& peer, const std::string& against);

// A table for each cell.
std::string text_report(const std::vector<Sample>& samples, const std::vector<Ratio>& ratios);

std::string text_report(const std::vector<SyncEvidence>& evidence);

// One object: settings, samples, summaries, ratios, syncs. `settings` are the lines shown at the start.
std::string json_report(const AckOptions& options, const std::vector<std::string>& settings,
                        const std::vector<Sample>& samples, const std::vector<Ratio>& ratios,
                        const std::vector<SyncEvidence>& evidence);

}  // namespace obrol::bench
