// How obrold does with a large store beside a small one: starting, and single requests of one client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/obrol_bench/generate.h"
#include "base/clock.h"
#include "base/result.h"
#include "bench/stop_signal.h"
#include "bench/workload_comparison.h"

namespace obrol::bench {

struct LargeOptions {
    std::vector<std::uint64_t> messages = {10'000'000, 10'000};  // of the stores; ratios are the first to the others
    std::uint64_t messages_per_user = 100;
    std::size_t requests = 1000;  // of each kind, in each round
    std::size_t rounds = 3;
    std::string obrold;
    std::string data_root;  // the stores stay there for the next time
};

class LargeComparison {
  public:
    // All must outlive it.
    LargeComparison(const LargeOptions& options, const Clock& clock, const StopSignal& interrupted,
                    std::function<void(const std::string&)> progress);

    // Generates the stores that are not there yet.
    Result<void> prepare();
    // A sample for each store in each round, named by the number of its messages.
    Result<std::vector<WorkloadSample>> run();

  private:
    std::string directory_of(std::uint64_t messages) const;
    Result<WorkloadSample> measure(std::uint64_t messages, std::size_t round) const;

    const LargeOptions& options_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    std::function<void(const std::string&)> progress_;
};

}  // namespace obrol::bench
