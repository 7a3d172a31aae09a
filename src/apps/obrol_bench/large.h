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
    // A store has as many users and groups as fit, but enough users for the sessions and the groups' members, and a
    // group for each pair.
    std::uint64_t messages_per_user = 100;
    std::uint64_t messages_per_group = 1000;
    std::uint64_t group_members = 20;
    std::uint64_t group_posts_percent = 30;
    std::size_t requests = 1000;  // of each kind, in each round
    std::size_t rounds = 3;
    bool writes = false;        // others send a message before each request for a history
    bool instructions = false;  // of the server are counted, with valgrind; then no times are taken
    std::string obrold;
    std::string data_root;  // the stores stay there for the next time
};

// How the store with so many messages is made, in a directory below data_root that is named by its size.
GenerateOptions store_of(const LargeOptions& options, std::uint64_t messages);

// The lines that say how it is measured, for the report.
std::vector<std::string> settings_of(const LargeOptions& options);

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
    Result<WorkloadSample> measure(std::uint64_t messages, std::size_t round) const;

    const LargeOptions& options_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    std::function<void(const std::string&)> progress_;
};

}  // namespace obrol::bench
