#include "apps/obrolctl/command_line.h"

#include <gtest/gtest.h>
#include <vector>

#include "client/admin/control_client.h"

namespace obrol {
namespace {

using Words = std::vector<const char*>;

std::variant<ControlCommandLine, NothingToDo> parse(Words words) {
    words.insert(words.begin(), "obrolctl");
    return parse_control_command_line(static_cast<int>(words.size()), words.data());
}

// The request as it goes over the socket.
std::string request_of(const AskServer& ask) {
    return control_request(ask.command, ask.members);
}

TEST(ControlCommandLine, MakesTheRequestOfEachCommand) {
    const std::pair<Words, std::string> table[] = {
        {{"user", "add", "budi"}, R"({"cmd":"user-add","user":"budi","role":"member"})"},
        {{"user", "add", "budi", "--name", "Budi S", "--country", "Indonesia", "--role", "admin", "--generate"},
         R"({"cmd":"user-add","user":"budi","name":"Budi S","country":"Indonesia","role":"admin"})"},
        {{"user", "list"}, R"({"cmd":"user-list"})"},
        {{"user", "show", "budi"}, R"({"cmd":"user-show","user":"budi"})"},
        {{"user", "passwd", "budi"}, R"({"cmd":"user-password","user":"budi"})"},
        {{"user", "profile", "budi", "--name", "Budi"}, R"({"cmd":"user-profile","user":"budi","name":"Budi"})"},
        {{"user", "profile", "budi", "--country", ""}, R"({"cmd":"user-profile","user":"budi","country":""})"},
        {{"user", "role", "budi", "admin"}, R"({"cmd":"user-role","user":"budi","role":"admin"})"},
        {{"user", "role", "budi", "captain"}, R"({"cmd":"user-role","user":"budi","role":"captain"})"},
        {{"user", "disable", "budi"}, R"({"cmd":"user-disable","user":"budi"})"},
        {{"user", "enable", "budi"}, R"({"cmd":"user-enable","user":"budi"})"},
        {{"user", "delete", "budi", "--yes"}, R"({"cmd":"user-delete","user":"budi"})"},
        {{"peer", "add", "B", "::1", "8889"}, R"({"cmd":"peer-add","peer":"B","host":"::1","port":8889})"},
        {{"peer", "list"}, R"({"cmd":"peer-list"})"},
        {{"peer", "show", "B"}, R"({"cmd":"peer-show","peer":"B"})"},
        {{"peer", "test", "B"}, R"({"cmd":"peer-test","peer":"B"})"},
        {{"peer", "test", "[::1]:8889"}, R"({"cmd":"peer-test","host":"::1","port":8889})"},
        {{"peer", "connect", "B"}, R"({"cmd":"peer-connect","peer":"B"})"},
        {{"peer", "disconnect", "B"}, R"({"cmd":"peer-disconnect","peer":"B"})"},
        {{"peer", "block", "B"}, R"({"cmd":"peer-block","peer":"B"})"},
        {{"peer", "unblock", "B"}, R"({"cmd":"peer-unblock","peer":"B"})"},
        {{"peer", "address", "B", "h", "1"}, R"({"cmd":"peer-address","peer":"B","host":"h","port":1})"},
        {{"peer", "remove", "B", "--yes"}, R"({"cmd":"peer-remove","peer":"B"})"},
        {{"peer", "remove", "B", "--yes", "--lose"}, R"({"cmd":"peer-remove","peer":"B","lose":1})"},
        {{"folder", "list", "messi"}, R"({"cmd":"folder-list","user":"messi"})"},
        {{"folder", "remove", "messi", "a.txt", "--yes"}, R"({"cmd":"folder-remove","user":"messi","name":"a.txt"})"},
        {{"peer", "rotate", "--yes"}, R"({"cmd":"peer-rotate"})"},
        {{"peer", "fingerprint"}, R"({"cmd":"peer-identity"})"},
        {{"queue", "list"}, R"({"cmd":"peer-list"})"},
        {{"queue", "list", "B"}, R"({"cmd":"queue-list","peer":"B"})"},
        {{"queue", "flush", "B"}, R"({"cmd":"queue-flush","peer":"B"})"},
        {{"queue", "drop", "B", "--yes"}, R"({"cmd":"queue-drop","peer":"B"})"},
        {{"group", "recover", "#lab", "--yes"}, R"({"cmd":"group-recover","group":"#lab"})"},
        {{"group", "export", "lab", "lab.jsonl"}, R"({"cmd":"group-log","group":"lab"})"},
        {{"group", "adopt", "lab@B", "--yes"}, R"({"cmd":"group-adopt","group":"lab@B"})"},
        {{"group", "adopt", "lab@B", "neu", "--yes"}, R"({"cmd":"group-adopt","group":"lab@B","as":"neu"})"},
        {{"session", "list", "budi"}, R"({"cmd":"session-list","user":"budi"})"},
        {{"session", "revoke", "17"}, R"({"cmd":"session-revoke","id":17})"},
        {{"session", "revoke", "--all", "budi"}, R"({"cmd":"session-revoke","user":"budi"})"},
        {{"invite"}, R"({"cmd":"invitation-create","uses":1,"expires_s":604800,"role":"member"})"},
        {{"invite", "--uses", "5", "--expires", "2w", "--role", "admin", "--note", "for the choir"},
         R"({"cmd":"invitation-create","uses":5,"expires_s":1209600,"role":"admin","note":"for the choir"})"},
        {{"invite", "--expires", "never"}, R"({"cmd":"invitation-create","uses":1,"role":"member"})"},
        {{"invite", "list"}, R"({"cmd":"invitation-list"})"},
        {{"invite", "revoke", "3"}, R"({"cmd":"invitation-revoke","id":3})"},
        {{"invite", "revoke", "3a-4b"}, R"({"cmd":"invitation-revoke","code":"3a-4b"})"},
        {{"group", "list"}, R"({"cmd":"group-list"})"},
        {{"group", "show", "lab"}, R"({"cmd":"group-show","group":"lab"})"},
        {{"group", "set", "lab", "--retention", "30", "--history", "open"},
         R"({"cmd":"group-set","group":"lab","history":"open","retention_days":30})"},
        {{"group", "set", "#lab", "--retention", "none"}, R"({"cmd":"group-set","group":"#lab","retention_days":0})"},
        {{"group", "set", "lab", "--history", "closed"}, R"({"cmd":"group-set","group":"lab","history":"closed"})"},
        {{"group", "newcode", "lab"}, R"({"cmd":"group-newcode","group":"lab"})"},
        {{"file", "list"}, R"({"cmd":"file-list"})"},
        {{"file", "list", "--user", "budi", "--limit", "7"}, R"({"cmd":"file-list","user":"budi","limit":7})"},
        {{"file", "remove", "12ab34"}, R"({"cmd":"file-remove","file":"12ab34"})"},
        {{"quota", "show", "budi"}, R"({"cmd":"quota-show","user":"budi"})"},
        {{"quota", "set", "budi", "500M"}, R"({"cmd":"quota-set","user":"budi","bytes":524288000})"},
        {{"quota", "set", "budi", "0"}, R"({"cmd":"quota-set","user":"budi","bytes":0})"},
        {{"quota", "set", "budi", "default"}, R"({"cmd":"quota-reset","user":"budi"})"},
        {{"status"}, R"({"cmd":"status"})"},
    };
    for (const auto& [words, request] : table) {
        const auto parsed = parse(words);
        ASSERT_TRUE(std::holds_alternative<ControlCommandLine>(parsed)) << request;
        const auto& line = std::get<ControlCommandLine>(parsed);
        ASSERT_TRUE(std::holds_alternative<AskServer>(line.action)) << request;
        EXPECT_EQ(request_of(std::get<AskServer>(line.action)), request + "\n");
    }
}

AskServer ask_of(Words words) {
    return std::get<AskServer>(std::get<ControlCommandLine>(parse(std::move(words))).action);
}

TEST(ControlCommandLine, KnowsWhereThePasswordComesFrom) {
    using enum AskServer::Password;
    EXPECT_EQ(ask_of({"user", "add", "budi"}).password, ask);
    EXPECT_EQ(ask_of({"user", "passwd", "budi", "--password-stdin"}).password, from_standard_input);
    EXPECT_EQ(ask_of({"user", "add", "budi", "--generate"}).password, generate);
    EXPECT_EQ(ask_of({"user", "show", "budi"}).password, none);
}

TEST(ControlCommandLine, AsksBeforeItDeletes) {
    EXPECT_TRUE(ask_of({"user", "delete", "budi"}).question.starts_with("Delete budi?"));
    EXPECT_EQ(ask_of({"user", "delete", "budi", "--yes"}).question, "");
    EXPECT_EQ(ask_of({"user", "disable", "budi"}).question, "");
    EXPECT_TRUE(ask_of({"file", "remove", "12ab34"}).question.starts_with("Remove the file 12ab34?"));
    EXPECT_EQ(ask_of({"file", "remove", "12ab34", "--yes"}).question, "");
}

TEST(ControlCommandLine, OptionsOfAllCommandsMayStandBeforeOrBehind) {
    for (const Words& words : {Words{"--json", "--data", "d", "--config", "c", "user", "list"},
                               Words{"user", "list", "--json", "--data", "d", "--config", "c"}}) {
        const auto parsed = parse(words);
        ASSERT_TRUE(std::holds_alternative<ControlCommandLine>(parsed));
        const auto& line = std::get<ControlCommandLine>(parsed);
        EXPECT_TRUE(line.json);
        EXPECT_EQ(line.data_directory, "d");
        EXPECT_EQ(line.config_file, "c");
    }
}

TEST(ControlCommandLine, ReadsConfigCommands) {
    const auto check = std::get<ControlCommandLine>(parse({"config", "check", "f.toml"}));
    EXPECT_EQ(std::get<CheckConfig>(check.action).file, "f.toml");
    const auto example = std::get<ControlCommandLine>(parse({"config", "example"}));
    EXPECT_TRUE(std::holds_alternative<ShowExample>(example.action));
}

TEST(ControlCommandLine, RefusesInOneLineWhatItDoesNotUnderstand) {
    const std::pair<Words, std::string> table[] = {
        {{}, "no command is given"},
        {{"user"}, "no command is given"},
        {{"colour"}, "colour"},
        {{"user", "colour"}, "colour"},
        {{"user", "add"}, "USER"},
        {{"user", "add", "budi", "--colour"}, "--colour"},
        {{"user", "add", "budi", "--generate", "--password-stdin"}, "--password-stdin"},
        {{"user", "profile", "budi"}, "--name or --country"},
        {{"user", "role", "budi"}, "ROLE"},
        {{"session", "revoke"}, "ID or --all USER"},
        {{"session", "revoke", "0"}, "0"},
        {{"session", "revoke", "seventeen"}, "seventeen"},
        {{"session", "revoke", "17", "--all", "budi"}, "--all"},
        {{"invite", "--uses", "0"}, "--uses"},
        {{"invite", "--expires", "soon"}, "must be like 90s, 15m, 12h, 7d, 2w, or never"},
        {{"invite", "revoke"}, "CODE"},
        {{"group"}, "no command is given"},
        {{"group", "show"}, "GROUP"},
        {{"group", "set", "lab"}, "--retention or --history"},
        {{"group", "set", "lab", "--retention", "0"}, "must be a number of days, or none"},
        {{"group", "set", "lab", "--retention", "-1"}, "must be a number of days, or none"},
        {{"group", "set", "lab", "--retention", "30d"}, "must be a number of days, or none"},
        {{"group", "set", "lab", "--history", "ajar"}, "must be open or closed"},
        {{"file", "list", "--limit", "0"}, "--limit"},
        {{"file", "remove"}, "CODE"},
        {{"quota", "set", "budi"}, "SIZE"},
        {{"quota", "set", "budi", "lots"}, "must be like 1048576, 500M, 20G, or default"},
        {{"quota", "set", "budi", "-1"}, "must be like 1048576"},
        {{"config", "check"}, "FILE"},
        {{"status", "surplus"}, "surplus"},
    };
    for (const auto& [words, mentioned] : table) {
        const auto parsed = parse(words);
        ASSERT_TRUE(std::holds_alternative<NothingToDo>(parsed)) << mentioned;
        const auto& refused = std::get<NothingToDo>(parsed);
        EXPECT_EQ(refused.exit_code, 2) << mentioned;
        EXPECT_TRUE(refused.text.starts_with("obrolctl: ")) << refused.text;
        EXPECT_NE(refused.text.find(mentioned), std::string::npos) << refused.text;
        EXPECT_EQ(refused.text.find('\n'), refused.text.size() - 1) << refused.text;
    }
}

TEST(ControlCommandLine, HelpNamesEveryCommandAndShowsExamples) {
    const auto help = std::get<NothingToDo>(parse({"--help"}));
    EXPECT_EQ(help.exit_code, 0);
    for (const char* word :
         {"user", "session", "invite", "group", "file", "quota", "status", "config", "--json", "--data", "Examples:"})
        EXPECT_NE(help.text.find(word), std::string::npos) << word;
    const auto user_help = std::get<NothingToDo>(parse({"user", "--help"}));
    for (const char* word : {"add", "list", "show", "passwd", "role", "disable", "enable", "delete"})
        EXPECT_NE(user_help.text.find(word), std::string::npos) << word;
    EXPECT_EQ(std::get<NothingToDo>(parse({"--version"})).text, "obrolctl " OBROL_VERSION "\n");
}

TEST(Durations, AreANumberAndAUnit) {
    EXPECT_EQ(parse_duration("1s"), 1);
    EXPECT_EQ(parse_duration("90m"), 5400);
    EXPECT_EQ(parse_duration("12h"), 43'200);
    EXPECT_EQ(parse_duration("36500d"), 3'153'600'000) << "a hundred years are the most";
    for (const char* text : {"", "7", "d", "0d", "-1d", "1.5h", "7 d", "7days", "36501d", "9223372036854775807w"})
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Sizes, AreBytesOrHaveAUnit) {
    EXPECT_EQ(parse_size("0"), 0);
    EXPECT_EQ(parse_size("1048576"), 1'048'576);
    EXPECT_EQ(parse_size("3K"), 3072);
    EXPECT_EQ(parse_size("500M"), 524'288'000);
    EXPECT_EQ(parse_size("20G"), 21'474'836'480);
    EXPECT_EQ(parse_size("1024T"), std::int64_t{1} << 50) << "the most";
    for (const char* text :
         {"", "M", "-1", "+1", "1.5G", "5 M", "5MB", "5m", "0x10", "1025T", "9223372036854775807T", "1125899906842625"})
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

}  // namespace
}  // namespace obrol
