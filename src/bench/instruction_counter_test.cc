#include "bench/instruction_counter.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

TEST(InstructionCounter, ReadsTheSumOfAProfile) {
    constexpr const char* profile =
        "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 12\ncmd:  obrold\npart: 2\n\n"
        "desc: Timerange: Basic block 17 - 29\ndesc: Trigger: --dump\n\npositions: line\nevents: Ir\nsummary: "
        "1234567\n\n"
        "ob=(1) obrold\nfl=(1) ???\nfn=(1) main\n0 12\n\ntotals: 1234567\n";
    EXPECT_EQ(instructions_in(profile), 1234567u);
}

TEST(InstructionCounter, ReadsNothingElse) {
    EXPECT_EQ(instructions_in(""), std::nullopt);
    EXPECT_EQ(instructions_in("summary: 7\n"), std::nullopt);
    EXPECT_EQ(instructions_in("version: 1\nsummary: many\n"), std::nullopt);
}

TEST(InstructionCounter, PutsValgrindBeforeTheServer) {
    const std::vector<std::string> command = InstructionCounter("/scratch").counted({"obrold", "--demo"});
    ASSERT_EQ(command.size(), 6u);
    EXPECT_EQ(command[0], "valgrind");
    EXPECT_EQ(command[3], "--callgrind-out-file=/scratch/instructions");
    EXPECT_EQ(command[4], "obrold");
    EXPECT_EQ(command[5], "--demo");
}

}  // namespace
}  // namespace obrol::bench
