#include "tests/sim/scenarios/seeds.h"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

namespace obrol {
namespace {

constexpr std::size_t rules_shown_max = 12;
constexpr std::size_t events_shown = 40;

std::string report(std::uint64_t seed, const std::vector<std::string>& broken, const Trace& trace) {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    std::string text = fmt::format("seed {}: {} broken rules\n", seed, broken.size());
    for (std::size_t i = 0; i < std::min(broken.size(), rules_shown_max); ++i)
        text += "  " + broken[i] + "\n";
    text += "the last events:\n" + trace.tail(events_shown);
    text += fmt::format("again: {} --gtest_filter={}.{} --first-seed={} --seeds=1\n", seed_range().program,
                        test.test_suite_name(), test.name(), seed);
    return text;
}

}  // namespace

SeedRange& seed_range() {
    static SeedRange range;
    return range;
}

void for_each_seed(std::uint64_t usual_count, const World::Options& options,
                   const std::function<std::vector<std::string>(World&)>& scenario) {
    const SeedRange& range = seed_range();
    const std::uint64_t count = range.count == 0 ? (usual_count - 1) / sanitizer_divisor + 1 : range.count;
    std::size_t acknowledged = 0;
    for (std::uint64_t seed = range.first; seed < range.first + count; ++seed) {
        World world(seed, options);
        const std::vector<std::string> broken = scenario(world);
        acknowledged += world.acknowledged();
        if (!broken.empty()) {
            ADD_FAILURE() << report(seed, broken, world.trace());
            return;
        }
    }
    testing::Test::RecordProperty("seeds", static_cast<int>(count));
    testing::Test::RecordProperty("acknowledged", static_cast<int>(acknowledged));
}

}  // namespace obrol
