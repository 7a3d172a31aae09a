// How a benchmark program names what it measures, so that every program can be run in two ways: timed, as Google
// Benchmark does it, and counted, with a number of iterations that is the same in every run
// (tools/compare_instructions).
#pragma once

#include <benchmark/benchmark.h>
#include <cstdint>
#include <functional>
#include <string>

namespace obrol {

class Benchmarks {
  public:
    // `times`: how often everything is counted; 0: time it instead.
    explicit Benchmarks(std::int64_t times) : times_(times) {}

    // `counted_iterations` is what one counted run does: some ten milliseconds of work. `work` iterates over the state
    // and prepares what it needs before that; the same in every run, without clock and without random numbers that no
    // seed reproduces.
    void add(const std::string& name, std::int64_t counted_iterations, std::function<void(benchmark::State&)> work);

  private:
    std::int64_t times_;
};

// Every benchmark program defines it.
void add_benchmarks(Benchmarks& all);

}  // namespace obrol
