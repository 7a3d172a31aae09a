#include "apps/config/config.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

#include "apps/config/settings.h"
#include "apps/config/settings_file.h"

namespace obrol {
namespace {

std::string example() {
    std::ifstream file(OBROL_EXAMPLE_FILE);
    return {std::istreambuf_iterator<char>(file), {}};
}

Result<CommandLine> flags(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "obrold");
    auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
    if (!parsed) return Failure<Error>(std::move(parsed.error()));
    return std::get<CommandLine>(std::move(*parsed));
}

Result<Config> config_of(std::vector<const char*> arguments) {
    Result<CommandLine> parsed = flags(std::move(arguments));
    if (!parsed) return Failure<Error>(std::move(parsed.error()));
    return load_config(*parsed);
}

// Of this process alone: CTest runs several tests of this program at the same time.
std::string temporary_path() {
    return testing::TempDir() + "obrold_config_test_" + std::to_string(::getpid()) + ".toml";
}

struct TemporaryFile {
    explicit TemporaryFile(const std::string& content) : path(temporary_path()) { std::ofstream(path) << content; }
    ~TemporaryFile() { std::remove(path.c_str()); }
    std::string path;
};

Result<Config> config_of_file(const std::string& content) {
    const TemporaryFile file(content);
    CommandLine command_line;
    command_line.config_file = file.path;
    return load_config(command_line);
}

TEST(ExampleFile, NamesEverySettingWithItsDefault) {
    const Result<SettingsFile> file = SettingsFile::parse(example(), "example");
    ASSERT_TRUE(file.has_value()) << file.error().what;
    // Values that are not the defaults, to see that the file overwrites each one.
    Config config;
    config.demo = true;
    config.log_level = LogLevel::error;
    config.listeners.clear();
    config.allow_plaintext_off_loopback = true;
    config.data_directory = config.server_id = config.tls.certificate = config.tls.key = config.folders_root = "x";
    config.commit_in_own_thread = false;
    config.chat.registration = Registration::closed;
    config.chat.loopback_exempt = false;
    config.chat.peers.accept = PeerOptions::Accept::listed;
    config.chat.peers.manage = PeerOptions::Manage::any;
    config.chat.peers.strangers = PeerOptions::Strangers::allow;
    config.chat.peers.private_addresses = false;
    config.federation.enabled = false;
    config.federation.advertise = {Advertised::Kind::at, {"x", 1}};
    for_each_setting(config, [](std::string_view, auto& value, auto, Applies) {
        if constexpr (std::is_same_v<decltype(value), RateLimit&>) value = RateLimit{7, 7};
        if constexpr (std::is_same_v<decltype(value), Duration&>) value += std::chrono::hours(1);
        if constexpr (std::is_integral_v<std::remove_reference_t<decltype(value)>> &&
                      !std::is_same_v<decltype(value), bool&>)
            value += 1;
    });
    const Result<void> applied = file->apply(config);
    ASSERT_TRUE(applied.has_value()) << applied.error().what;

    const Config defaults;
    std::vector<const void*> values;
    for_each_setting(defaults, [&](std::string_view name, const auto& value, auto, Applies) {
        values.push_back(&value);
        EXPECT_TRUE(file->has(name)) << name << " is missing";
    });
    std::size_t next = 0;
    for_each_setting(config, [&](std::string_view name, auto& value, auto, Applies) {
        const auto& expected = *static_cast<const std::remove_reference_t<decltype(value)>*>(values[next++]);
        EXPECT_TRUE(value == expected) << name << " is not the default";
    });
}

TEST(ExampleFile, EverySettingStandsUnderACommentOrANeighbour) {
    std::string previous;
    std::size_t settings = 0;
    std::ifstream file(OBROL_EXAMPLE_FILE);
    for (std::string line; std::getline(file, line); previous = line) {
        EXPECT_LE(line.size(), 122u) << line;
        if (line.find(" = ") == std::string::npos || line.starts_with('#')) continue;
        ++settings;
        EXPECT_FALSE(previous.empty() || previous.starts_with('[')) << line << " is not explained";
    }
    std::size_t known = 0;
    Config config;
    for_each_setting(config, [&](std::string_view, auto&, auto, Applies) { ++known; });
    EXPECT_EQ(settings, known);
}

// Tests are listed by the name of their case.
template <class Case>
std::string name_of(const testing::TestParamInfo<Case>& tested) {
    return tested.param.name;
}

struct BadFile {
    const char* name;
    const char* content;
    const char* complaint;  // after "PATH:"

    friend void PrintTo(const BadFile& file, std::ostream* out) { *out << file.name; }
};

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, AreRefusedInOneSentence) {
    const Result<Config> config = config_of_file(GetParam().content);
    ASSERT_FALSE(config.has_value());
    const std::string prefix = temporary_path() + ":";
    ASSERT_TRUE(config.error().what.starts_with(prefix)) << config.error().what;
    EXPECT_EQ(config.error().what.substr(prefix.size()), GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadFiles,
    testing::Values(
        BadFile{"UnknownWord", "[peers]\naccept = \"all\"\n",
                "2: peers.accept must be \"open\" or \"listed\", not \"all\""},
        BadFile{"MisspeltSetting", "[limits]\n\nconections_max = 5\n", "3: unknown setting limits.conections_max"},
        BadFile{"MisspeltSection", "[limit]\nconnections_max = 5\n", "1: unknown setting limit"},
        BadFile{"UnknownAtTheTop", "colour = 1\n[limits]\nshape = 2\n", "1: unknown setting colour"},
        BadFile{"ValueForASection", "limits = 5\n", "1: unknown setting limits"},
        BadFile{"TextForANumber", "[limits]\nconnections_max = \"many\"\n",
                "2: limits.connections_max must be a whole number from 1 to 1000000, not \"many\""},
        BadFile{"NumberBelow", "[limits]\nconnections_max = 0\n",
                "2: limits.connections_max must be a whole number from 1 to 1000000, not 0"},
        BadFile{"NumberAbove", "[limits]\nconnections_max = 1000001\n",
                "2: limits.connections_max must be a whole number from 1 to 1000000, not 1000001"},
        BadFile{"Fraction", "[limits]\nconnections_max = 2.5\n",
                "2: limits.connections_max must be a whole number from 1 to 1000000, not 2.5"},
        BadFile{"NegativeTime", "[limits]\nwrite_stall_s = -1\n",
                "2: limits.write_stall_s must be a whole number from 1 to 86400, not -1"},
        BadFile{"ListForANumber", "[limits]\nconnections_max = []\n",
                "2: limits.connections_max must be a whole number from 1 to 1000000, not a list"},
        BadFile{"NumberForYesOrNo", "demo = 1\n", "1: demo must be true or false, not 1"},
        BadFile{"YesForAText", "data = true\n", "1: data must be a text in quotes, not true"},
        BadFile{"UnknownLogLevel", "[log]\nlevel = \"loud\"\n",
                "2: log.level must be \"debug\", \"info\", \"warning\" or \"error\", not \"loud\""},
        BadFile{"UnknownRegistration", "registration = \"never\"\n",
                "1: registration must be \"loopback\", \"open\", \"invite\" or \"closed\", not \"never\""},
        BadFile{
            "RateThatNeverRefills", "[limits]\nsends_per_user = [5, 0]\n",
            "2: limits.sends_per_user must be two numbers: at once, and more per minute (0 at once: no limit), not a "
            "list"},
        BadFile{
            "RateOfOneNumber", "[limits]\nsends_per_user = [5]\n",
            "2: limits.sends_per_user must be two numbers: at once, and more per minute (0 at once: no limit), not a "
            "list"},
        BadFile{
            "NumberForARate", "[limits]\nsends_per_user = 5\n",
            "2: limits.sends_per_user must be two numbers: at once, and more per minute (0 at once: no limit), not 5"},
        BadFile{"AdvertisedNowhere", "[peers]\nadvertise = \"\"\n",
                "2: peers.advertise must be \"auto\", \"none\" or \"HOST:PORT\", not \"\""},
        BadFile{"TextForAList", "[listen]\non = \"simple-chat:127.0.0.1:1\"\n",
                "2: listen.on must be a list of texts DIALECT:HOST:PORT, not \"simple-chat:127.0.0.1:1\""},
        BadFile{"ListenerWithoutAddress", "[listen]\non = [\"simple-chat\"]\n",
                "2: listen.on must be a list of texts DIALECT:HOST:PORT: \"simple-chat\" is not DIALECT:HOST:PORT, "
                "e.g. simple-chat:127.0.0.1:8890, not a list"}),
    name_of<BadFile>);

TEST(ConfigFile, ThatIsNotTomlIsRefusedWithItsLine) {
    const Result<Config> config = config_of_file("demo = true\ndemo = yes please\n");
    ASSERT_FALSE(config.has_value());
    EXPECT_NE(config.error().what.find(".toml:2: "), std::string::npos) << config.error().what;
    EXPECT_EQ(config.error().what.find('\n'), std::string::npos) << config.error().what;
}

TEST(ConfigFile, ThatIsMissingIsNamed) {
    const Result<Config> config = config_of({"--config", "/nowhere/obrold.toml"});
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().what, "cannot read /nowhere/obrold.toml");
}

struct BadFlags {
    const char* name;
    std::vector<const char*> arguments;
    const char* complaint;

    friend void PrintTo(const BadFlags& flags, std::ostream* out) { *out << flags.name; }
};

class BadCommandLines : public testing::TestWithParam<BadFlags> {};

TEST_P(BadCommandLines, AreRefusedInOneSentence) {
    const Result<Config> config = config_of(GetParam().arguments);
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().what, GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadCommandLines,
    testing::Values(
        BadFlags{"ListenerWithoutHost",
                 {"--listen", "simple-chat:8890"},
                 "--listen: \"simple-chat:8890\" is not DIALECT:HOST:PORT, e.g. simple-chat:127.0.0.1:8890"},
        BadFlags{"PortTooLarge",
                 {"--listen", "simple-chat:127.0.0.1:65536"},
                 "--listen: \"simple-chat:127.0.0.1:65536\" is not DIALECT:HOST:PORT, e.g. simple-chat:127.0.0.1:8890"},
        BadFlags{"NoPort",
                 {"--listen", "simple-chat:127.0.0.1:"},
                 "--listen: \"simple-chat:127.0.0.1:\" is not DIALECT:HOST:PORT, e.g. simple-chat:127.0.0.1:8890"},
        BadFlags{"NoHost",
                 {"--listen", "simple-chat::80"},
                 "--listen: \"simple-chat::80\" is not DIALECT:HOST:PORT, e.g. simple-chat:127.0.0.1:8890"},
        BadFlags{"DemoOffLoopback",
                 {"--demo", "--listen", "simple-chat:[::]:8890"},
                 "listener simple-chat:[::]:8890: --demo has users with a known password and stays on loopback"},
        BadFlags{"ServerIdOfTwoWords",
                 {"--server-id", "two words"},
                 "server id \"two words\": must be 1 to 63 letters, digits, '-', '_' or '.', a letter or digit first"},
        BadFlags{"EmptyServerId", {"--server-id", ""}, "--server-id: is empty"},
        BadFlags{"EmptyDataDirectory", {"--data", ""}, "data: names no directory"}),
    name_of<BadFlags>);

TEST(CommandLineFlags, AnUnknownDialectIsAnsweredWithThoseThereAre) {
    const Result<Config> config = config_of({"--listen", "irc:127.0.0.1:6667"});
    ASSERT_FALSE(config.has_value());
    EXPECT_TRUE(config.error().what.starts_with(
        "listener irc:127.0.0.1:6667: there is no dialect \"irc\"; there is: simple-chat"))
        << config.error().what;
}

TEST(Config, AutoTakesItsWordsFromADialectThatThereIs) {
    EXPECT_TRUE(config_of_file("[auto]\nwords = \"simple-chat\"\n").has_value());
    for (const std::string name : {"auto", "irc", ""}) {
        const Result<Config> config = config_of_file("[auto]\nwords = \"" + name + "\"\n");
        ASSERT_FALSE(config.has_value()) << name;
        EXPECT_EQ(config.error().what, "auto.words: there is no such dialect \"" + name +
                                           "\"; there is: simple-chat, multithread-chat, chat-service, py-chat, "
                                           "protokol-chat, native");
    }
}

TEST(CommandLineFlags, UnknownOnesAreRefused) {
    const Result<CommandLine> parsed = flags({"--colour"});
    ASSERT_FALSE(parsed.has_value());
    EXPECT_NE(parsed.error().what.find("--colour"), std::string::npos) << parsed.error().what;
    EXPECT_EQ(parsed.error().what.find('\n'), std::string::npos) << parsed.error().what;
    EXPECT_FALSE(flags({"--listen"}).has_value());
    EXPECT_FALSE(flags({"surplus"}).has_value());
}

TEST(CommandLineFlags, HelpAndVersionAreTexts) {
    const char* help[] = {"obrold", "--help"};
    const auto asked = parse_command_line(2, help);
    ASSERT_TRUE(asked.has_value());
    for (const char* flag : {"--config", "--demo", "--restored", "--data", "--server-id", "--listen", "--version"})
        EXPECT_NE(std::get<Information>(*asked).text.find(flag), std::string::npos) << flag;
    const char* version[] = {"obrold", "--version"};
    EXPECT_EQ(std::get<Information>(*parse_command_line(2, version)).text, "obrold " OBROL_VERSION "\n");
}

TEST(CommandLineFlags, WinOverTheFile) {
    const TemporaryFile file(
        "data = \"/filed\"\nserver_id = \"filed\"\n[listen]\non = [\"simple-chat:127.0.0.1:1\"]\n");
    const Result<Config> filed = config_of({"--config", file.path.c_str()});
    ASSERT_TRUE(filed.has_value()) << filed.error().what;
    EXPECT_EQ(filed->data_directory, "/filed");
    EXPECT_EQ(filed->server_id, "filed");
    EXPECT_EQ(filed->listeners, (std::vector<ListenSetting>{{"simple-chat", {"127.0.0.1", 1}}}));
    const Result<Config> flagged =
        config_of({"--config", file.path.c_str(), "--data", "/flagged", "--server-id", "f", "--listen",
                   "simple-chat:localhost:0", "--listen", "simple-chat:[::1]:9"});
    ASSERT_TRUE(flagged.has_value()) << flagged.error().what;
    EXPECT_EQ(flagged->data_directory, "/flagged");
    EXPECT_EQ(flagged->server_id, "f");
    EXPECT_EQ(flagged->listeners,
              (std::vector<ListenSetting>{{"simple-chat", {"localhost", 0}}, {"simple-chat", {"::1", 9}}}));
    EXPECT_EQ(to_string(flagged->listeners[1]), "simple-chat:[::1]:9");
}

TEST(CommandLineFlags, ListenersOffLoopbackAreFine) {
    const Result<Config> config = config_of({"--listen", "simple-chat:0.0.0.0:0", "--listen", "simple-chat:[::1]:0"});
    ASSERT_TRUE(config.has_value()) << config.error().what;
    EXPECT_FALSE(config->allow_plaintext_off_loopback);
    EXPECT_FALSE(is_on_loopback(config->listeners[0]));
    EXPECT_TRUE(is_on_loopback(config->listeners[1]));
    for (const char* host : {"127.0.0.1", "127.9.9.9", "localhost"})
        EXPECT_TRUE(is_on_loopback({"simple-chat", {host, 1}})) << host;
    for (const char* host : {"::", "192.168.1.1", "128.0.0.1", "fe80::1"})
        EXPECT_FALSE(is_on_loopback({"simple-chat", {host, 1}})) << host;
}

TEST(ConfigFile, SaysWhatOtherServersAreToldOfTheAddress) {
    const auto advertised = [](const std::string& text) {
        return config_of_file("[peers]\nadvertise = \"" + text + "\"\n").value().federation.advertise;
    };
    EXPECT_EQ(advertised("auto"), Advertised());
    EXPECT_EQ(advertised("none").kind, Advertised::Kind::nowhere);
    EXPECT_EQ(advertised("chat.example:8889"), (Advertised{Advertised::Kind::at, {"chat.example", 8889}}));
}

TEST(ConfigFile, EachThreadHasMemoryForOneConnectionAtLeast) {
    const std::string limits = "[limits]\nmemory_bytes_max = 4194304\noutput_bytes_max = 2097152\n";
    EXPECT_EQ(config_of_file("[listen]\nthreads = 2\n" + limits).value().connection_threads, 2u);
    const Result<Config> too_many = config_of_file("[listen]\nthreads = 3\n" + limits);
    ASSERT_FALSE(too_many.has_value());
    EXPECT_EQ(too_many.error().what,
              "listen.threads: with 3 of them each has 1398101 bytes of limits.memory_bytes_max, less than "
              "limits.output_bytes_max = 2097152");
}

TEST(ConfigFile, ACertificateNeedsItsKey) {
    EXPECT_TRUE(config_of_file("[tls]\ncertificate = \"c\"\nkey = \"k\"\n")->tls.are_given());
    EXPECT_FALSE(config_of_file("[tls]\ncertificate = \"\"\n")->tls.are_given());
    for (const char* half : {"[tls]\ncertificate = \"c\"\n", "[tls]\nkey = \"k\"\n"}) {
        const Result<Config> config = config_of_file(half);
        ASSERT_FALSE(config.has_value());
        EXPECT_EQ(config.error().what, "tls.certificate and tls.key: one needs the other");
    }
}

TEST(CommandLineFlags, DemoHasDataOfItsOwn) {
    EXPECT_EQ(config_of({})->data_directory, "data");
    EXPECT_EQ(config_of({"--demo"})->data_directory, "data-demo");
    EXPECT_EQ(config_of({"--demo", "--data", "d"})->data_directory, "d");
    const TemporaryFile with_data("data = \"filed\"\n");
    EXPECT_EQ(config_of({"--demo", "--config", with_data.path.c_str()})->data_directory, "filed");
    const TemporaryFile denied("demo = false\n");
    EXPECT_TRUE(config_of({"--demo", "--config", denied.path.c_str()})->demo);
}

TEST(ConfigFile, DemoOpensRegistrationUnlessTheFileSaysOtherwise) {
    EXPECT_EQ(config_of({})->chat.registration, Registration::loopback);
    EXPECT_EQ(config_of({"--demo"})->chat.registration, Registration::open);
    const TemporaryFile closed("registration = \"closed\"\n[limits]\nsends_per_user = [0, 0]\n");
    const Result<Config> config = config_of({"--demo", "--config", closed.path.c_str()});
    ASSERT_TRUE(config.has_value()) << config.error().what;
    EXPECT_EQ(config->chat.registration, Registration::closed);
    EXPECT_EQ(config->chat.sends_per_user, (RateLimit{0, 0}));
}

TEST(ConfigFile, DemoIsOpenToOtherServersUnlessTheFileSaysOtherwise) {
    EXPECT_EQ(config_of({})->chat.peers.manage, PeerOptions::Manage::admin);
    EXPECT_EQ(config_of({})->chat.peers.strangers, PeerOptions::Strangers::request);
    EXPECT_EQ(config_of({"--demo"})->chat.peers.manage, PeerOptions::Manage::any);
    EXPECT_EQ(config_of({"--demo"})->chat.peers.strangers, PeerOptions::Strangers::allow);
    const TemporaryFile closed("[peers]\nmanage = \"admin\"\nstrangers = \"request\"\naccept = \"listed\"\n");
    const Result<Config> config = config_of({"--demo", "--config", closed.path.c_str()});
    ASSERT_TRUE(config.has_value()) << config.error().what;
    EXPECT_EQ(config->chat.peers.manage, PeerOptions::Manage::admin);
    EXPECT_EQ(config->chat.peers.strangers, PeerOptions::Strangers::request);
    EXPECT_EQ(config->chat.peers.accept, PeerOptions::Accept::listed);
}

TEST(Reload, NamesWhatNeedsARestart) {
    Config running;
    Config wanted;
    EXPECT_TRUE(changes_that_need_a_restart(running, wanted).empty());
    wanted.limits.connections_max = 5;
    wanted.log_level = LogLevel::debug;
    EXPECT_TRUE(changes_that_need_a_restart(running, wanted).empty());
    wanted.data_directory = "elsewhere";
    wanted.listeners.pop_back();
    wanted.hashing.waiting_max = 1;
    EXPECT_EQ(changes_that_need_a_restart(running, wanted),
              (std::vector<std::string>{"data", "listen.on", "passwords.waiting_max"}));
}

}  // namespace
}  // namespace obrol
