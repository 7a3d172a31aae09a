// obrol_sim_scenarios [--first-seed=N] [--seeds=N] and GoogleTest's own flags.
#include <charconv>
#include <cstdio>
#include <gtest/gtest.h>
#include <optional>
#include <string_view>

#include "tests/sim/scenarios/seeds.h"

namespace {

std::optional<std::uint64_t> number_after(std::string_view prefix, std::string_view argument) {
    if (!argument.starts_with(prefix)) return std::nullopt;
    argument.remove_prefix(prefix.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), number);
    if (error != std::errc() || end != argument.data() + argument.size()) return std::nullopt;
    return number;
}

}  // namespace

int main(int argument_count, char** arguments) {
    testing::InitGoogleTest(&argument_count, arguments);
    obrol::SeedRange& range = obrol::seed_range();
    range.program = arguments[0];
    for (int i = 1; i < argument_count; ++i) {
        if (const auto first = number_after("--first-seed=", arguments[i])) {
            range.first = *first;
        } else if (const auto count = number_after("--seeds=", arguments[i])) {
            range.count = *count;
        } else {
            std::fprintf(stderr, "usage: %s [--first-seed=N] [--seeds=N] [--gtest_filter=…]\n", arguments[0]);
            return 2;
        }
    }
    return RUN_ALL_TESTS();
}
