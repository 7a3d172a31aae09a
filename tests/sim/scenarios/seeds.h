// Which seeds the scenarios run, and how a failing one is reported.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace obrol {

// Under a sanitizer a world takes five times as long, and sees other mistakes than worlds without one: one of so many
// does.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t sanitizer_divisor = 3;
#else
inline constexpr std::uint64_t sanitizer_divisor = 1;
#endif

struct SeedRange {
    std::uint64_t first = 1;
    // How many; 0: as many as the scenario takes by itself.
    std::uint64_t count = 0;
    std::string program;  // to be named in the line that repeats a failure
};

// Set by main() before the tests run.
SeedRange& seed_range();
// Whether a scenario runs the seeds that it takes by itself. What one seed need not have, they have together.
inline bool runs_usual_seeds() {
    return seed_range().first == 1 && seed_range().count == 0;
}

// Runs `scenario` with one seed after the other until one fails, usual_count of them unless the command line says how
// many (fewer in a build with sanitizers); a failure names the seed, the broken rules, the last
// events and the command that repeats it.
void for_each_seed(std::uint64_t usual_count, const World::Options& options,
                   const std::function<std::vector<std::string>(World&)>& scenario);

}  // namespace obrol
