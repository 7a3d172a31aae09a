#include "apps/obrol/command_line.h"

#include <gtest/gtest.h>
#include <vector>

#include "client/classic/menu_commands.h"

namespace obrol {
namespace {

std::variant<ClassicCommandLine, NothingToRun> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "obrol");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(ObrolCommandLine, EveryDocumentHasItsPort) {
    const struct {
        const char* name;
        std::uint16_t port;
    } cases[] = {{"simple-chat", 8890},
                 {"multithread-chat", 8891},
                 {"chat-service", 8892},
                 {"protokol-chat", 8893},
                 {"py-chat", 8000}};
    for (const auto& [name, port] : cases) {
        const auto parsed = parse({"--classic", name});
        const auto* classic = std::get_if<ClassicCommandLine>(&parsed);
        ASSERT_TRUE(classic) << name;
        EXPECT_EQ(classic->dialect, name);
        if (classic->document)
            EXPECT_EQ(classic->document->dialect, name);
        else
            EXPECT_EQ(classic->dialect, menu_dialect);
        EXPECT_EQ(classic->server.host, "127.0.0.1");
        EXPECT_EQ(classic->server.port, port);
        EXPECT_FALSE(classic->trace);
    }
}

TEST(ObrolCommandLine, EveryOption) {
    const auto parsed = parse({"--classic", "chat-service", "--host", "::1", "--port", "65535", "--trace"});
    const auto* classic = std::get_if<ClassicCommandLine>(&parsed);
    ASSERT_TRUE(classic);
    EXPECT_EQ(to_string(classic->server), "[::1]:65535");
    EXPECT_TRUE(classic->trace);
}

TEST(ObrolCommandLine, AFingerprintMeansTls) {
    const std::string digits = "00ff" + std::string(60, '1');
    std::string shown = "00:FF";
    for (int i = 0; i < 30; ++i)
        shown += ":11";
    const auto plain = parse({"--classic", "simple-chat"});
    EXPECT_FALSE(std::get<ClassicCommandLine>(plain).tls);
    const auto encrypted = parse({"--classic", "simple-chat", "--tls"});
    EXPECT_TRUE(std::get<ClassicCommandLine>(encrypted).tls);
    EXPECT_FALSE(std::get<ClassicCommandLine>(encrypted).fingerprint);
    for (const std::string& text : {digits, shown}) {
        const auto pinned = parse({"--classic", "simple-chat", "--tls-fingerprint", text.c_str()});
        const auto* classic = std::get_if<ClassicCommandLine>(&pinned);
        ASSERT_TRUE(classic) << text;
        EXPECT_TRUE(classic->tls);
        ASSERT_TRUE(classic->fingerprint);
        EXPECT_EQ(classic->fingerprint->at(0), 0x00);
        EXPECT_EQ(classic->fingerprint->at(1), 0xff);
        EXPECT_EQ(classic->fingerprint->at(31), 0x11);
    }
}

TEST(ObrolCommandLine, HelpAndVersionSucceed) {
    const auto help = parse({"--help"});
    ASSERT_TRUE(std::holds_alternative<NothingToRun>(help));
    EXPECT_EQ(std::get<NothingToRun>(help).exit_code, 0);
    for (const char* option : {"--classic", "--host", "--port", "--trace", "--tls", "--tls-fingerprint", "--version"})
        EXPECT_NE(std::get<NothingToRun>(help).text.find(option), std::string::npos) << option;
    const auto version = parse({"--version"});
    ASSERT_TRUE(std::holds_alternative<NothingToRun>(version));
    EXPECT_EQ(std::get<NothingToRun>(version).exit_code, 0);
    EXPECT_EQ(std::get<NothingToRun>(version).text, "obrol " OBROL_VERSION "\n");
}

TEST(ObrolCommandLine, AloneItNamesEveryClient) {
    const auto parsed = parse({});
    const auto* nothing = std::get_if<NothingToRun>(&parsed);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->exit_code, 2);
    for (const ClassicDocument& document : classic_documents())
        EXPECT_NE(nothing->text.find(document.dialect), std::string::npos) << document.dialect;
    EXPECT_NE(nothing->text.find(menu_dialect), std::string::npos);
}

TEST(ObrolCommandLine, NonsenseIsAUsageError) {
    const std::vector<std::vector<const char*>> cases = {
        {"--classic"},
        {"--classic", "irc"},
        {"--trace"},
        {"--port", "8890"},
        {"--host", "example.org"},
        {"--classic", "simple-chat", "--port", "0"},
        {"--classic", "simple-chat", "--port", "65536"},
        {"--classic", "simple-chat", "--port", "many"},
        {"--classic", "simple-chat", "more"},
        {"--tls"},
        {"--classic", "simple-chat", "--tls-fingerprint", "00ff"},
    };
    for (const auto& words : cases) {
        const auto parsed = parse(words);
        const auto* nothing = std::get_if<NothingToRun>(&parsed);
        ASSERT_TRUE(nothing) << words.back();
        EXPECT_EQ(nothing->exit_code, 2) << words.back();
        EXPECT_FALSE(nothing->text.empty());
    }
}

}  // namespace
}  // namespace obrol
