// Runs every fuzz target over its seeds, so that a fault once found shows in builds without libFuzzer.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>

namespace obrol {

// The build lists the targets and their seeds.
#define FUZZ_TARGET(target) void fuzz_##target(std::string_view input);
#define FUZZ_SEED(target, file)
#include "fuzz_seeds.inc"
#undef FUZZ_TARGET
#undef FUZZ_SEED

namespace {

struct Seed {
    const char* target;
    const char* file;
    void (*function)(std::string_view input);
};

const Seed seeds[] = {
#define FUZZ_TARGET(target)
#define FUZZ_SEED(target, file) {#target, file, fuzz_##target},
#include "fuzz_seeds.inc"
#undef FUZZ_TARGET
#undef FUZZ_SEED
};

class Corpus : public testing::TestWithParam<Seed> {};

// A target ends the program when it finds a fault.
TEST_P(Corpus, FindsNoFault) {
    const Seed& seed = GetParam();
    const std::string path = std::string(OBROL_CORPUS) + "/" + seed.target + "/" + seed.file;
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path;
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    seed.function(input);
    seed.function("");
}

INSTANTIATE_TEST_SUITE_P(Seeds, Corpus, testing::ValuesIn(seeds), [](const testing::TestParamInfo<Seed>& seed) {
    return std::string(seed.param.target) + "_" + seed.param.file;
});

}  // namespace
}  // namespace obrol
