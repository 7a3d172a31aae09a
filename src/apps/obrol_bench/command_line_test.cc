#include "apps/obrol_bench/command_line.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

std::variant<AckCommand, NothingToRun> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "obrol-bench");
    return parse_command_line(static_cast<int>(words.size()), words.data(), "/build/bin");
}

TEST(BenchCommandLine, Defaults) {
    const auto parsed = parse({"ack"});
    const auto* command = std::get_if<AckCommand>(&parsed);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->options.clients, (std::vector<std::size_t>{1, 10, 100}));
    EXPECT_EQ(command->options.depths, (std::vector<std::size_t>{1, 10}));
    EXPECT_EQ(command->options.seconds, 5);
    EXPECT_EQ(command->options.text_size, 64u);
    EXPECT_EQ(command->options.data_root, "/build/bin/bench-data");
    EXPECT_EQ(command->peers, (std::vector<std::string>{"obrol", "redis"}));
    EXPECT_EQ(command->obrol.program, "/build/bin/obrold");
    EXPECT_EQ(command->obrol.users.size(), 6u);
    EXPECT_FALSE(command->json);
    EXPECT_FALSE(command->verify);
}

TEST(BenchCommandLine, EveryOption) {
    const auto parsed =
        parse({"ack",   "--clients",  "3,200", "--depth",     "7",     "--seconds", "0.5",       "--rounds",
               "9",     "--size",     "100",   "--peers",     "redis", "--obrold",  "/x/obrold", "--users",
               "a,b.c", "--password", "pw",    "--data-root", "/disk", "--verify",  "--json"});
    const auto* command = std::get_if<AckCommand>(&parsed);
    ASSERT_TRUE(command) << std::get<NothingToRun>(parsed).text;
    EXPECT_EQ(command->options.clients, (std::vector<std::size_t>{3, 200}));
    EXPECT_EQ(command->options.depths, (std::vector<std::size_t>{7}));
    EXPECT_EQ(command->options.seconds, 0.5);
    EXPECT_EQ(command->options.rounds, 9u);
    EXPECT_EQ(command->options.text_size, 100u);
    EXPECT_EQ(command->options.data_root, "/disk");
    EXPECT_EQ(command->peers, (std::vector<std::string>{"redis"}));
    EXPECT_EQ(command->obrol.program, "/x/obrold");
    EXPECT_EQ(command->obrol.users, (std::vector<std::string>{"a", "b.c"}));
    EXPECT_EQ(command->obrol.password, "pw");
    EXPECT_TRUE(command->json);
    EXPECT_TRUE(command->verify);
}

TEST(BenchCommandLine, RelativePathsBecomeAbsolute) {
    const auto parsed = parse({"ack", "--data-root", "here", "--obrold", "./obrold"});
    const auto& command = std::get<AckCommand>(parsed);
    EXPECT_TRUE(command.options.data_root.starts_with("/"));
    EXPECT_TRUE(command.options.data_root.ends_with("/here"));
    EXPECT_TRUE(command.obrol.program.starts_with("/"));
}

TEST(BenchCommandLine, HelpNamesEveryOptionAndSucceeds) {
    const auto parsed = parse({"ack", "--help"});
    const auto* nothing = std::get_if<NothingToRun>(&parsed);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->exit_code, 0);
    for (const char* option : {"--clients", "--depth", "--seconds", "--rounds", "--size", "--peers", "--obrold",
                               "--users", "--password", "--data-root", "--verify", "--json"})
        EXPECT_NE(nothing->text.find(option), std::string::npos) << option;
}

TEST(BenchCommandLine, NonsenseIsAUsageError) {
    const std::vector<std::vector<const char*>> cases = {
        {},
        {"fanout"},
        {"ack", "--clients", "0"},
        {"ack", "--clients", "19001"},
        {"ack", "--clients", "ten"},
        {"ack", "--depth", "1,0"},
        {"ack", "--seconds", "-1"},
        {"ack", "--rounds", "0"},
        {"ack", "--size", "4001"},
        {"ack", "--peers", "mosquitto"},
        {"ack", "--peers", "redis,redis"},
        {"ack", "--users", "two words"},
        {"ack", "--no-such-option"},
    };
    for (const auto& words : cases) {
        const auto parsed = parse(words);
        const auto* nothing = std::get_if<NothingToRun>(&parsed);
        ASSERT_TRUE(nothing) << (words.empty() ? "" : words.back());
        EXPECT_EQ(nothing->exit_code, 2) << (words.empty() ? "" : words.back());
        EXPECT_FALSE(nothing->text.empty());
    }
    EXPECT_TRUE(std::holds_alternative<AckCommand>(parse({"ack", "--clients", "19000", "--size", "4000"})));
}

}  // namespace
}  // namespace obrol::bench
