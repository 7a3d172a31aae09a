// Turns the samples of a workload into what a person or a program reads.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/spread.h"
#include "bench/workload_comparison.h"

namespace obrol::bench {

// A metric over all rounds.
struct MetricSpread {
    std::string name;
    Spread spread;
};

// What one peer did with one size; `against` is not empty: its values divided by that peer's, round by round, so that
// what slowed a whole round cancels out.
struct WorkloadRow {
    std::string peer;
    std::string against;
    WorkloadSize size;
    std::vector<MetricSpread> metrics;
};

// A row for each peer and size in the order of first appearance; behind those of a size the ratios of the first peer to
// each of the others. A ratio to nothing is 0. Metrics about the machine have no ratio.
std::vector<WorkloadRow> rows_of(const std::vector<WorkloadSample>& samples);

// A table for each size, below what `heading` says about it: medians, with the range of the first column.
std::string text_report(const std::vector<WorkloadRow>& rows,
                        const std::function<std::string(const WorkloadSize&)>& heading);

// One object: settings, samples, rows. `settings` are the lines shown at the start.
std::string json_report(std::string_view workload, const std::vector<std::string>& settings,
                        const std::vector<WorkloadSample>& samples, const std::vector<WorkloadRow>& rows);

}  // namespace obrol::bench
