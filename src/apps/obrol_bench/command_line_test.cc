#include "apps/obrol_bench/command_line.h"

#include <gtest/gtest.h>
#include <set>

namespace obrol::bench {
namespace {

Request parse(std::vector<const char*> words) {
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
    const auto parsed = parse(
        {"ack",    "--clients",   "3,200",   "--depth",  "7",        "--seconds",  "0.5",     "--rounds", "9",
         "--size", "100",         "--peers", "redis",    "--obrold", "/x/obrold",  "--users", "a,b.c",    "--password",
         "pw",     "--data-root", "/disk",   "--verify", "--json",   "--pause-ms", "10000"});
    const auto* command = std::get_if<AckCommand>(&parsed);
    ASSERT_TRUE(command) << std::get<NothingToRun>(parsed).text;
    EXPECT_EQ(command->options.clients, (std::vector<std::size_t>{3, 200}));
    EXPECT_EQ(command->options.depths, (std::vector<std::size_t>{7}));
    EXPECT_EQ(command->options.seconds, 0.5);
    EXPECT_EQ(command->options.rounds, 9u);
    EXPECT_EQ(command->options.text_size, 100u);
    EXPECT_EQ(command->options.pause_ms, 10'000u);
    EXPECT_EQ(command->options.data_root, "/disk");
    EXPECT_EQ(command->peers, (std::vector<std::string>{"redis"}));
    EXPECT_EQ(command->obrol.program, "/x/obrold");
    EXPECT_EQ(command->obrol.users, (std::vector<std::string>{"a", "b.c"}));
    EXPECT_EQ(command->obrol.password, "pw");
    EXPECT_TRUE(command->json);
    EXPECT_TRUE(command->verify);
}

TEST(BenchCommandLine, AWorkloadHasARowForEachCombination) {
    const auto parsed = parse({"fanout", "--receivers", "10,20", "--senders", "3", "--depth", "7,1", "--size", "99"});
    const auto* command = std::get_if<WorkloadCommand>(&parsed);
    ASSERT_TRUE(command) << std::get<NothingToRun>(parsed).text;
    EXPECT_EQ(command->options.workload, Workload::fanout);
    EXPECT_EQ(command->options.text_size, 99u);
    ASSERT_EQ(command->options.sizes.size(), 4u);
    EXPECT_EQ(command->options.sizes[1].receivers, 20u);
    EXPECT_EQ(command->options.sizes[1].senders, 3u);
    EXPECT_EQ(command->options.sizes[1].depth, 7u);
    EXPECT_EQ(command->options.sizes[2].depth, 1u);
    EXPECT_EQ(command->peers.front(), "obrol");
    EXPECT_EQ(command->obrold, "/build/bin/obrold");
    EXPECT_EQ(command->options.data_root, "/build/bin/bench-data");
}

TEST(BenchCommandLine, ObrolMayHaveThreadsForConnections) {
    const auto parsed = parse({"pairs", "--peers", "obrol,obrol-threads-2,redis"});
    ASSERT_TRUE(std::holds_alternative<WorkloadCommand>(parsed));
    std::vector<std::optional<std::size_t>> threads;
    for (const std::string& peer : std::get<WorkloadCommand>(parsed).peers)
        threads.push_back(connection_threads_of(peer));
    EXPECT_EQ(threads, (std::vector<std::optional<std::size_t>>{0, 2, std::nullopt}));
    EXPECT_FALSE(std::holds_alternative<WorkloadCommand>(parse({"pairs", "--peers", "obrol-threads-9"})));
}

TEST(BenchCommandLine, EveryWorkloadHasDefaults) {
    for (const char* word : {"fanout", "pairs", "latency", "stalled", "idle", "login", "reconnect"}) {
        const auto parsed = parse({word});
        const auto* command = std::get_if<WorkloadCommand>(&parsed);
        ASSERT_TRUE(command) << word;
        EXPECT_EQ(to_string(command->options.workload), word);
        EXPECT_FALSE(command->options.sizes.empty()) << word;
        EXPECT_GE(command->peers.size(), 2u) << word;
        EXPECT_FALSE(command->json);
    }
    const auto pairs = parse({"pairs"});
    EXPECT_EQ(std::get<WorkloadCommand>(pairs).peers.back(), "ejabberd");
    const auto idle = parse({"idle"});
    EXPECT_EQ(std::get<WorkloadCommand>(idle).options.sizes.front().clients, 10'000u);
    const auto login = parse({"login", "--by-password", "--peers", "obrol", "--json"});
    EXPECT_TRUE(std::get<WorkloadCommand>(login).by_password);
    EXPECT_TRUE(std::get<WorkloadCommand>(login).json);
}

TEST(BenchCommandLine, Files) {
    const auto parsed = parse({"files"});
    const auto* usual = std::get_if<FilesCommand>(&parsed);
    ASSERT_TRUE(usual);
    EXPECT_EQ(usual->options.clients, (std::vector<std::size_t>{10, 100}));
    EXPECT_EQ(usual->options.mib, 8u);
    EXPECT_EQ(usual->options.data_root, "/build/bin/bench-data");
    EXPECT_EQ(usual->peers, (std::vector<std::string>{"obrol", "redis", "redis-memory"}));
    EXPECT_EQ(usual->obrold, "/build/bin/obrold");
    EXPECT_FALSE(usual->json);

    const auto other = parse({"files", "--clients", "3,5", "--mib", "2", "--rounds", "7", "--peers", "redis,obrol",
                              "--obrold", "/x/obrold", "--data-root", "/disk", "--json"});
    const auto* command = std::get_if<FilesCommand>(&other);
    ASSERT_TRUE(command) << std::get<NothingToRun>(other).text;
    EXPECT_EQ(command->options.clients, (std::vector<std::size_t>{3, 5}));
    EXPECT_EQ(command->options.mib, 2u);
    EXPECT_EQ(command->options.rounds, 7u);
    EXPECT_EQ(command->options.data_root, "/disk");
    EXPECT_EQ(command->peers, (std::vector<std::string>{"redis", "obrol"}));
    EXPECT_EQ(command->obrold, "/x/obrold");
    EXPECT_TRUE(command->json);
}

TEST(BenchCommandLine, AllFilesTogetherHaveALimit) {
    const auto parsed = parse({"files", "--clients", "1000,10", "--mib", "11"});
    const auto* nothing = std::get_if<NothingToRun>(&parsed);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->text, "--clients and --mib: 1000 files of 11 MiB are more than 10240 MiB\n");
    EXPECT_EQ(nothing->exit_code, 2);
    EXPECT_TRUE(std::holds_alternative<FilesCommand>(parse({"files", "--clients", "1000", "--mib", "10"})));
    EXPECT_TRUE(std::holds_alternative<FilesCommand>(parse({"files", "--clients", "20", "--mib", "512"})));
    EXPECT_TRUE(std::holds_alternative<NothingToRun>(parse({"files", "--clients", "21", "--mib", "512"})));
}

TEST(BenchCommandLine, Generate) {
    const auto parsed =
        parse({"generate", "/disk/store", "--messages", "1000", "--users", "500", "--groups", "30", "--members", "12",
               "--size", "7", "--sessions", "10", "--group-posts", "45", "--seed", "3"});
    const auto* command = std::get_if<GenerateCommand>(&parsed);
    ASSERT_TRUE(command) << std::get<NothingToRun>(parsed).text;
    EXPECT_EQ(command->options.directory, "/disk/store");
    EXPECT_EQ(command->options.messages, 1000u);
    EXPECT_EQ(command->options.users, 500u);
    EXPECT_EQ(command->options.sessions, 10u);
    EXPECT_EQ(command->options.groups, 30u);
    EXPECT_EQ(command->options.group_members, 12u);
    EXPECT_EQ(command->options.group_posts_percent, 45u);
    EXPECT_EQ(command->options.text_size, 7u);
    EXPECT_EQ(command->options.seed, 3u);
}

TEST(BenchCommandLine, GroupsFollowTheUsers) {
    const auto groups = [](std::vector<const char*> words) {
        words.insert(words.begin(), {"generate", "store"});
        const auto parsed = parse(std::move(words));
        const auto* command = std::get_if<GenerateCommand>(&parsed);
        return command ? std::pair(command->options.groups, command->options.group_members)
                       : std::pair(std::uint64_t(0), std::uint64_t(0));
    };
    using Groups = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(groups({}), Groups(10'000, 20));
    EXPECT_EQ(groups({"--users", "1000"}), Groups(100, 20));
    EXPECT_EQ(groups({"--users", "120"}), Groups(12, 20));
    EXPECT_EQ(groups({"--users", "106"}), Groups(10, 6));  // not more than there are users without a session
    EXPECT_EQ(groups({"--users", "1000", "--groups", "0"}), Groups(0, 20));
    EXPECT_EQ(groups({"--users", "1000", "--groups", "7", "--members", "900"}), Groups(7, 900));
}

TEST(BenchCommandLine, SenselessGroupsAreExplained) {
    const auto problem = [](std::vector<const char*> words) {
        const auto parsed = parse(std::move(words));
        const auto* nothing = std::get_if<NothingToRun>(&parsed);
        return nothing && nothing->exit_code == 2 ? nothing->text : "";
    };
    EXPECT_EQ(problem({"generate", "store", "--users", "1000", "--members", "901"}),
              "--users takes at least 1001 for 100 sessions and groups of 901 members\n");
    EXPECT_EQ(problem({"generate", "store", "--users", "120", "--groups", "1006"}),
              "--groups: 1006 of 20 members are more than 1000 for each of the users without a session\n");
    EXPECT_EQ(problem({"generate", "store", "--users", "120", "--groups", "1005"}), "");
    EXPECT_EQ(problem({"generate", "store", "--groups", "1000001"}), "--groups takes at most 1000000\n");
    EXPECT_EQ(problem({"large", "--messages", "1000,5000000", "--messages-per-group", "2"}),
              "a store of 5000000 messages: --groups takes at most 1000000\n");
}

TEST(BenchCommandLine, Large) {
    const auto parsed =
        parse({"large", "--messages", "5000,100", "--messages-per-group", "50", "--members", "7", "--group-posts", "10",
               "--requests", "9", "--rounds", "2", "--writes", "--instructions", "--json"});
    const auto* command = std::get_if<LargeCommand>(&parsed);
    ASSERT_TRUE(command) << std::get<NothingToRun>(parsed).text;
    EXPECT_EQ(command->options.messages, (std::vector<std::uint64_t>{5000, 100}));
    EXPECT_EQ(command->options.messages_per_group, 50u);
    EXPECT_EQ(command->options.group_members, 7u);
    EXPECT_EQ(command->options.group_posts_percent, 10u);
    EXPECT_EQ(command->options.requests, 9u);
    EXPECT_EQ(command->options.rounds, 2u);
    EXPECT_TRUE(command->options.writes);
    EXPECT_TRUE(command->options.instructions);
    EXPECT_EQ(command->options.obrold, "/build/bin/obrold");
    EXPECT_EQ(command->options.data_root, "/build/bin/bench-data");
    EXPECT_TRUE(command->json);
}

TEST(BenchCommandLine, UsersAndGroupsOfALargeStoreFollowItsMessages) {
    LargeOptions options;
    options.data_root = "/disk";
    const GenerateOptions large = store_of(options, 10'000'000);
    EXPECT_EQ(large.messages, 10'000'000u);
    EXPECT_EQ(large.users, 100'000u);
    EXPECT_EQ(large.groups, 10'000u);
    EXPECT_EQ(large.group_members, 20u);
    EXPECT_EQ(large.group_posts_percent, 30u);
    EXPECT_EQ(large.directory, "/disk/generated-10000000-100000-10000-20-30");
    // A group for each pair, and users for the pairs and for the others.
    const GenerateOptions small = store_of(options, 1000);
    EXPECT_EQ(small.users, 200u);
    EXPECT_EQ(small.groups, 50u);
    options.group_members = 500;
    EXPECT_EQ(store_of(options, 1000).users, 600u);
    // Another store lies elsewhere.
    std::set<std::string> directories = {small.directory, store_of(options, 1000).directory};
    options.group_posts_percent = 5;
    directories.insert(store_of(options, 1000).directory);
    options.messages_per_group = 10;
    directories.insert(store_of(options, 1000).directory);
    options.messages_per_user = 1;
    directories.insert(store_of(options, 1000).directory);
    EXPECT_EQ(directories.size(), 5u);
}

TEST(BenchCommandLine, WhatIsSaidOfALargeStoreNamesValgrind) {
    LargeOptions options;
    options.obrold = "/x/obrold";
    EXPECT_EQ(settings_of(options),
              (std::vector<std::string>{
                  "/x/obrold, native, default settings",
                  "100 messages per user and 1000 per group of 20 members, 30 % of them posts in groups"}));
    options.writes = true;
    EXPECT_EQ(settings_of(options).back(),
              "100 messages per user and 1000 per group of 20 members, 30 % of them posts in groups; others send a "
              "message before each request for a history");
    options.instructions = true;
    EXPECT_EQ(settings_of(options).front(),
              "/x/obrold, native, default settings, run by valgrind, which counts instructions; no times are taken");
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
    for (const char* option : {"--clients", "--depth", "--seconds", "--rounds", "--size", "--pause-ms", "--peers",
                               "--obrold", "--users", "--password", "--data-root", "--verify", "--json"})
        EXPECT_NE(nothing->text.find(option), std::string::npos) << option;
}

TEST(BenchCommandLine, EveryComparisonSaysHowManyRoundsAClaimNeeds) {
    for (const char* word :
         {"ack", "fanout", "pairs", "latency", "stalled", "idle", "login", "reconnect", "files", "large"}) {
        const auto parsed = parse({word, "--help"});
        const auto* help = std::get_if<NothingToRun>(&parsed);
        ASSERT_TRUE(help) << word;
        EXPECT_NE(help->text.find("--rounds UINT:UINT in [1 - 1000]=3"), std::string::npos) << word;
        EXPECT_NE(help->text.find("a claim needs"), std::string::npos) << word;
    }
}

TEST(BenchCommandLine, Version) {
    const auto parsed = parse({"--version"});
    const auto* nothing = std::get_if<NothingToRun>(&parsed);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->text, "obrol-bench " OBROL_VERSION "\n");
    EXPECT_EQ(nothing->exit_code, 0);
}

TEST(BenchCommandLine, NonsenseIsAUsageError) {
    const std::vector<std::vector<const char*>> cases = {
        {},
        {"shouting"},
        {"ack", "--clients", "0"},
        {"ack", "--clients", "19001"},
        {"ack", "--clients", "ten"},
        {"ack", "--depth", "1,0"},
        {"ack", "--seconds", "-1"},
        {"ack", "--rounds", "0"},
        {"ack", "--size", "4001"},
        {"ack", "--pause-ms", "10001"},
        {"ack", "--peers", "mosquitto"},
        {"ack", "--peers", "redis,redis"},
        {"ack", "--users", "two words"},
        {"ack", "--no-such-option"},
        {"fanout", "--clients", "3"},
        {"fanout", "--size", "16"},
        {"fanout", "--size", "401"},
        {"fanout", "--receivers", "19001"},
        {"fanout", "--senders", "101"},
        {"idle", "--peers", "nats,nats"},
        {"idle", "--peers", "jabber"},
        {"pairs", "--pairs", "9501"},
        {"latency", "--rate", "0"},
        {"files", "--clients", "0"},
        {"files", "--clients", "1001", "--mib", "1"},
        {"files", "--clients", "1", "--mib", "0"},
        {"files", "--clients", "1", "--mib", "513"},
        {"files", "--rounds", "0"},
        {"files", "--peers", "nats"},
        {"files", "--peers", "redis,redis"},
        {"files", "--seconds", "1"},
        {"generate"},
        {"generate", "store", "--sessions", "3"},
        {"generate", "store", "--users", "105"},
        {"generate", "store", "--messages", "0"},
        {"generate", "store", "--members", "1"},
        {"generate", "store", "--members", "10001"},
        {"generate", "store", "--group-posts", "101"},
        {"generate", "store", "--groups", "-1"},
        {"large", "--requests", "0"},
        {"large", "--messages-per-group", "0"},
        {"large", "--members", "1"},
        {"large", "--group-posts", "101"},
    };
    for (const auto& words : cases) {
        const auto parsed = parse(words);
        const auto* nothing = std::get_if<NothingToRun>(&parsed);
        ASSERT_TRUE(nothing) << (words.empty() ? "" : words.back());
        EXPECT_EQ(nothing->exit_code, 2) << (words.empty() ? "" : words.back());
        EXPECT_FALSE(nothing->text.empty());
    }
    EXPECT_TRUE(std::holds_alternative<AckCommand>(parse({"ack", "--clients", "19000", "--size", "4000"})));
    EXPECT_TRUE(std::holds_alternative<WorkloadCommand>(parse({"fanout", "--size", "17"})));
    EXPECT_TRUE(std::holds_alternative<GenerateCommand>(parse({"generate", "store", "--users", "106"})));
    EXPECT_TRUE(std::holds_alternative<WorkloadCommand>(parse({"fanout", "--size", "400", "--senders", "100"})));
}

}  // namespace
}  // namespace obrol::bench
