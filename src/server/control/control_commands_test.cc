#include "server/control/control_commands.h"

#include <chrono>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/transfer.h"
#include "server/control/control_json.h"
#include "tests/support/people.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

struct ControlCommandsTest : testing::Test {
    ~ControlCommandsTest() override {
        parts.run(parts.chat.stop());
        parts.run(parts.commits.drain());
    }

    std::string ask(std::string line) { return parts.run(commands.answer(std::move(line))); }
    // The data of an answer that must be ok.
    JsonValue data(std::string line) {
        const std::string answer = ask(line);
        const Result<JsonValue, JsonError> read = read_json(answer, {.bytes_max = 1'000'000});
        EXPECT_TRUE(read && read->find("ok")->as_boolean() == true) << line << answer;
        const JsonValue* found = read ? read->find("data") : nullptr;
        return found ? *found : JsonValue();
    }
    std::string error(std::string line) {
        const std::string answer = ask(line);
        const Result<JsonValue, JsonError> read = read_json(answer, {.bytes_max = 1'000'000});
        EXPECT_TRUE(read && read->find("ok")->as_boolean() == false) << line << answer;
        return read && read->find("error") ? *read->find("error")->as_string() : answer;
    }

    static Chat::Options options() {
        Chat::Options options;
        options.files.user_bytes_max = 100;
        options.retention_interval = std::chrono::hours(1);
        return options;
    }

    ChatParts parts{1, options()};
    ServerFacts facts;
    ControlCommands commands{{parts.chat.administration(), [this] { return facts; }, parts.logger}};
};

std::string text(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    return member && member->as_string() ? *member->as_string() : "(none)";
}

TEST_F(ControlCommandsTest, WhatIsNoRequestIsRefusedAndNotLogged) {
    const std::pair<std::string, std::string> table[] = {
        {"", "bad-json"},
        {"status", "bad-json"},
        {R"({"cmd":"status"} x)", "bad-json"},
        {R"({"cmd":"status","cmd":"status"})", "bad-json"},
        {R"("status")", "bad-json"},
        {R"([])", "bad-json"},
        {R"({})", "missing-argument"},
        {R"({"cmd":null})", "missing-argument"},
        {R"({"cmd":"stat"})", "unknown-command"},
        {R"({"cmd":"STATUS"})", "unknown-command"},
        {R"({"cmd":"status","user":"messi"})", "bad-argument"},
        {R"({"cmd":"user-show"})", "missing-argument"},
        {R"({"cmd":"user-show","user":null})", "bad-argument"},
        {R"({"cmd":"user-show","user":["messi"]})", "bad-argument"},
        {R"({"cmd":"user-list","limit":"7"})", "bad-argument"},
        {R"({"cmd":"user-list","limit":1.5})", "bad-argument"},
        {R"({"cmd":"user-add","user":"budi"})", "missing-argument"},
    };
    for (const auto& [line, expected] : table)
        EXPECT_EQ(error(line), expected) << line;
    EXPECT_EQ(parts.logger.count(LogLevel::info, "control:"), 0u);
}

TEST_F(ControlCommandsTest, EachAnswerIsOneLine) {
    for (const char* line : {R"({"cmd":"user-show","user":"two\nlines"})", R"({"cmd":"status"})", "\n"}) {
        const std::string answer = ask(line);
        EXPECT_EQ(answer.find('\n'), answer.size() - 1) << answer;
    }
}

TEST_F(ControlCommandsTest, ManagesAnAccount) {
    JsonValue user = data(R"({"cmd":"user-add","user":"budi","password":"rahasia-sekali","role":"admin"})");
    EXPECT_EQ(text(user, "name"), "budi") << "the user name stands for a full name";
    EXPECT_EQ(text(user, "role"), "admin");
    EXPECT_EQ(text(user, "created_at"), "2026-01-01T00:00:00.001Z");
    user = data(R"({"cmd":"user-profile","user":"BUDI","name":"Budi S","country":"Indonesia"})");
    EXPECT_EQ(text(user, "name") + text(user, "country"), "Budi SIndonesia");
    user = data(R"({"cmd":"user-profile","user":"budi","country":""})");
    EXPECT_EQ(text(user, "name") + text(user, "country"), "Budi S") << "what is left out stays";
    EXPECT_EQ(text(data(R"({"cmd":"user-role","user":"budi","role":"member"})"), "role"), "member");
    EXPECT_EQ(text(data(R"({"cmd":"user-disable","user":"budi"})"), "state"), "disabled");
    EXPECT_EQ(text(data(R"({"cmd":"user-enable","user":"budi"})"), "state"), "active");
    EXPECT_EQ(text(data(R"({"cmd":"user-delete","user":"budi"})"), "state"), "deleted");
    EXPECT_EQ(error(R"({"cmd":"user-enable","user":"budi"})"), "user-not-found");
    EXPECT_EQ(error(R"({"cmd":"user-add","user":"budi","password":"rahasia-sekali"})"), "name-taken");
}

TEST_F(ControlCommandsTest, RefusesWhatTheRulesRefuse) {
    parts.add_user("messi");
    const std::pair<std::string, std::string> table[] = {
        {R"({"cmd":"user-add","user":"a b","password":"rahasia-sekali"})", "bad-name"},
        {R"({"cmd":"user-add","user":"budi","password":"short"})", "bad-password"},
        {R"({"cmd":"user-add","user":"budi","password":"rahasia-sekali","role":"captain"})", "bad-argument"},
        {R"({"cmd":"user-password","user":"messi","password":"short"})", "bad-password"},
        {R"({"cmd":"user-role","user":"messi","role":""})", "bad-argument"},
        {R"({"cmd":"user-role","user":"pogba","role":"admin"})", "user-not-found"},
        {R"({"cmd":"session-revoke","id":4711})", "not-found"},
        {R"({"cmd":"session-revoke"})", "bad-argument"},
        {R"({"cmd":"session-revoke","id":1,"user":"messi"})", "bad-argument"},
        {R"({"cmd":"invitation-create","uses":0})", "bad-argument"},
        {R"({"cmd":"invitation-create","expires_s":0})", "bad-argument"},
        {R"({"cmd":"invitation-create","expires_s":3153600001})", "bad-argument"},
        {R"({"cmd":"invitation-revoke","id":4711})", "not-found"},
        {R"({"cmd":"invitation-revoke","id":1,"code":"x"})", "bad-argument"},
    };
    for (const auto& [line, expected] : table)
        EXPECT_EQ(error(line), expected) << line;
    EXPECT_EQ(data(R"({"cmd":"user-list"})").find("users")->as_array()->size(), 1u) << "nothing was added";
}

TEST_F(ControlCommandsTest, ListsUsersInPages) {
    for (const char* name : {"carla", "Budi", "adi"})
        parts.add_user(name);
    const JsonValue first = data(R"({"cmd":"user-list","limit":2})");
    ASSERT_EQ(first.find("users")->as_array()->size(), 2u);
    EXPECT_EQ(text(first.find("users")->as_array()->at(0), "user"), "adi");
    EXPECT_EQ(text(first, "next"), "Budi");
    const JsonValue second = data(R"({"cmd":"user-list","limit":2,"after":"Budi"})");
    ASSERT_EQ(second.find("users")->as_array()->size(), 1u);
    EXPECT_EQ(second.find("next"), nullptr);
    EXPECT_EQ(error(R"({"cmd":"user-list","limit":0})"), "bad-argument");
    EXPECT_EQ(error(R"({"cmd":"user-list","limit":1001})"), "bad-argument");
    data(R"({"cmd":"user-list","limit":1000})");
}

TEST_F(ControlCommandsTest, InvitationsHaveACodeThatIsSaidOnce) {
    const JsonValue made = data(R"({"cmd":"invitation-create","uses":3,"expires_s":3153600000,"note":"choir"})");
    EXPECT_EQ(text(made, "code").size(), 19u);
    EXPECT_TRUE(text(made, "expires_at").starts_with("2125-")) << "a hundred years are the most";
    const std::string list = ask(R"({"cmd":"invitation-list"})");
    EXPECT_EQ(list.find(text(made, "code")), std::string::npos);
    EXPECT_NE(list.find("\"usable\":true"), std::string::npos);
    data(R"({"cmd":"invitation-revoke","code":")" + text(made, "code") + "\"}");
    EXPECT_EQ(ask(R"({"cmd":"invitation-list"})"), "{\"ok\":true,\"data\":{\"invitations\":[]}}\n");
}

// messi's group "lab" with maya in it, and who else there is.
struct GroupCommandsTest : ControlCommandsTest {
    GroupCommandsTest() {
        for (const char* name : {"messi", "maya", "izza"})
            people.add(name);
        code = people.found("messi", "lab", "maya").code;
    }

    // The answer to the upload: FileSent, or Refused at once.
    Reply send_file(const std::string& name, const std::string& place, const std::string& bytes) {
        SendFile request;
        request.to = parse_place(place);
        request.name = "notes.txt";
        request.size = bytes.size();
        Reply reply = people.ask(name, request);
        const auto* ready = std::get_if<UploadReady>(&reply);
        if (!ready) return reply;
        const std::unique_ptr<Upload> upload = parts.chat.take_upload(ready->transfer);
        EXPECT_TRUE(parts.run(upload->write(parts.executor, bytes)));
        return parts.run(upload->finish());
    }
    std::string code_of_file(const std::string& name, const std::string& place, const std::string& bytes) {
        const Reply reply = send_file(name, place, bytes);
        const auto* sent = std::get_if<FileSent>(&reply);
        EXPECT_TRUE(sent);
        return sent ? sent->file.code : "";
    }

    People people{parts};
    std::string code;
};

TEST_F(GroupCommandsTest, ShowsGroups) {
    people.get<MemberChanged>("messi",
                              KickFromGroup{parse_place("#lab"), parse_address("izza"), KickFromGroup::Action::ban});
    const std::string lab = "\"group\":\"lab\",\"name\":\"lab\",\"code\":\"" + code +
                            "\",\"members\":2,\"history\":\"closed\",\"retention_days\":null,\"state\":\"active\","
                            "\"created_at\":\"2026-01-01T00:00:00.006Z\"";
    for (const char* id : {"lab", "#LAB"})
        EXPECT_EQ(ask(fmt::format(R"({{"cmd":"group-show","group":"{}"}})", id)),
                  "{\"ok\":true,\"data\":{" + lab +
                      ",\"entries\":2,\"who\":[{\"user\":\"messi\",\"name\":\"messi\",\"role\":\"owner\","
                      "\"online\":true},{\"user\":\"maya\",\"name\":\"maya\",\"role\":\"member\",\"online\":true}],"
                      "\"banned\":[\"izza\"]}}\n");
    EXPECT_EQ(ask(R"({"cmd":"group-list"})"), "{\"ok\":true,\"data\":{\"groups\":[{" + lab + "}]}}\n");

    people.found("izza", "Alpha");
    people.get<GroupLeft>("izza", LeaveGroup{parse_place("#Alpha")});
    const JsonValue first = data(R"({"cmd":"group-list","limit":1})");
    ASSERT_EQ(first.find("groups")->as_array()->size(), 1u);
    const JsonValue& ended = first.find("groups")->as_array()->at(0);
    EXPECT_EQ(text(ended, "group") + text(ended, "state") + text(ended, "code"), "Alphaended");
    EXPECT_EQ(text(first, "next"), "Alpha");
    const JsonValue second = data(R"({"cmd":"group-list","limit":1,"after":"alpha"})");
    EXPECT_EQ(text(second.find("groups")->as_array()->at(0), "group"), "lab");
    EXPECT_EQ(second.find("next"), nullptr);
    EXPECT_EQ(text(data(R"({"cmd":"group-show","group":"alpha"})"), "state"), "ended");
    EXPECT_EQ(error(R"({"cmd":"group-list","limit":0})"), "bad-argument");
    EXPECT_EQ(error(R"({"cmd":"group-list","limit":1001})"), "bad-argument");
}

TEST_F(GroupCommandsTest, WhatAGroupKeepsIsErased) {
    parts.chat.start();
    people.post("messi", "#lab", "old");
    JsonValue lab = data(R"({"cmd":"group-set","group":"lab","retention_days":2})");
    EXPECT_EQ(lab.find("retention_days")->as_integer(), 2);
    EXPECT_EQ(text(lab, "history"), "closed") << "what is left out stays";
    parts.executor.run_for(std::chrono::hours(47));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:old");
    people.post("messi", "#lab", "young");
    parts.executor.run_for(std::chrono::hours(3));
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2: 3:young");

    lab = data(R"({"cmd":"group-set","group":"#lab","history":"open","retention_days":0})");
    EXPECT_TRUE(lab.find("retention_days")->is_null());
    EXPECT_EQ(text(lab, "history"), "open");
    parts.executor.run_for(std::chrono::hours(72));
    people.get<GroupJoined>("izza", JoinGroup{code});
    EXPECT_EQ(people.history("izza", "#lab"), "1:create maya 2: 3:young 4:join izza");
    EXPECT_EQ(text(data(R"({"cmd":"group-set","group":"lab","history":"closed"})"), "history"), "closed");
    EXPECT_EQ(people.history("izza", "#lab"), "4:join izza");
}

TEST_F(GroupCommandsTest, RenewsTheCodeOfAGroup) {
    const std::string renewed = text(data(R"({"cmd":"group-newcode","group":"lab"})"), "code");
    EXPECT_EQ(people.why("izza", JoinGroup{code}), ChatError::unknown_group);
    people.get<GroupJoined>("izza", JoinGroup{renewed});
    for (const char* name : {"messi", "maya", "izza"})
        people.get<GroupLeft>(name, LeaveGroup{parse_place("#lab")});
    EXPECT_EQ(error(R"({"cmd":"group-newcode","group":"lab"})"), "not-found") << "it has ended";
}

TEST_F(GroupCommandsTest, ListsAndRemovesFiles) {
    const std::string one = code_of_file("messi", "#lab", "hello");
    const std::string two = code_of_file("maya", "messi", "");
    const std::string hello = "\"file\":\"" + one +
                              "\",\"name\":\"notes.txt\",\"size\":5,\"sha256\":"
                              "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\"";
    const JsonValue all = data(R"({"cmd":"file-list"})");
    ASSERT_EQ(all.find("files")->as_array()->size(), 2u);
    const JsonValue& newest = all.find("files")->as_array()->at(0);
    EXPECT_EQ(text(newest, "file"), two);
    EXPECT_EQ(text(newest, "from") + ">" + text(newest, "in"), "maya>messi");
    EXPECT_EQ(data(R"({"cmd":"file-list","limit":1})").find("more")->as_boolean(), true);
    const std::string of_messi = ask(R"({"cmd":"file-list","user":"MESSI","limit":10000})");
    EXPECT_TRUE(of_messi.starts_with("{\"ok\":true,\"data\":{\"files\":[{" + hello +
                                     ",\"from\":\"messi\",\"in\":\"#lab\",\"at\":\"2026-01-01T"))
        << of_messi;
    EXPECT_TRUE(of_messi.ends_with("],\"more\":false}}\n")) << of_messi;
    EXPECT_EQ(error(R"({"cmd":"file-list","limit":10001})"), "bad-argument");
    EXPECT_EQ(error(R"({"cmd":"file-list","limit":0})"), "bad-argument");

    JsonValue status = data(R"({"cmd":"status"})");
    EXPECT_EQ(status.find("groups")->as_integer(), 1);
    EXPECT_EQ(status.find("files")->as_integer(), 2);
    EXPECT_EQ(status.find("file_bytes")->as_integer(), 5);
    EXPECT_EQ(status.find("blob_bytes")->as_integer(), 5);
    const std::string remove = R"({"cmd":"file-remove","file":")" + one + "\"}";
    EXPECT_EQ(ask(remove), "{\"ok\":true,\"data\":{" + hello + "}}\n");
    EXPECT_EQ(people.why("maya", GetFile{one, std::nullopt, 0}), ChatError::unknown_file);
    EXPECT_EQ(people.history("maya", "#lab"), "1:create maya 2:") << "its place stays";
    EXPECT_EQ(error(remove), "file-not-found");
    EXPECT_EQ(data(R"({"cmd":"status"})").find("blob_bytes")->as_integer(), 0);
    EXPECT_EQ(data(R"({"cmd":"quota-show","user":"messi"})").find("bytes")->as_integer(), 0);
}

TEST_F(GroupCommandsTest, QuotasHoldToTheByte) {
    const auto why = [&](std::size_t bytes) {
        const Reply reply = send_file("messi", "maya", std::string(bytes, 'x'));
        const auto* refused = std::get_if<Refused>(&reply);
        return refused ? std::string(to_string(refused->why)) : "sent";
    };
    EXPECT_EQ(ask(R"({"cmd":"quota-show","user":"messi"})"),
              "{\"ok\":true,\"data\":{\"user\":\"messi\",\"files\":0,\"bytes\":0,\"bytes_max\":100,\"own\":false}}\n");
    EXPECT_EQ(why(101), "quota-exceeded") << "everybody's";
    EXPECT_EQ(ask(R"({"cmd":"quota-set","user":"MESSI","bytes":10})"),
              "{\"ok\":true,\"data\":{\"user\":\"messi\",\"files\":0,\"bytes\":0,\"bytes_max\":10,\"own\":true}}\n");
    EXPECT_EQ(why(11), "quota-exceeded");
    EXPECT_EQ(why(7), "sent");
    EXPECT_EQ(why(4), "quota-exceeded");
    EXPECT_EQ(why(3), "sent");
    EXPECT_EQ(why(0), "sent") << "nothing more fits in";
    data(R"({"cmd":"quota-set","user":"maya","bytes":0})");
    EXPECT_TRUE(std::holds_alternative<Refused>(send_file("maya", "messi", "x"))) << "0 is not: no limit";
    const JsonValue reset = data(R"({"cmd":"quota-reset","user":"messi"})");
    EXPECT_EQ(reset.find("files")->as_integer(), 3);
    EXPECT_EQ(reset.find("bytes")->as_integer(), 10);
    EXPECT_EQ(reset.find("bytes_max")->as_integer(), 100);
    EXPECT_EQ(reset.find("own")->as_boolean(), false);
    EXPECT_EQ(why(91), "quota-exceeded");
    EXPECT_EQ(why(90), "sent");
}

TEST_F(GroupCommandsTest, RefusesWhatMakesNoSense) {
    const std::pair<std::string, std::string> table[] = {
        {R"({"cmd":"group-show","group":"nolab"})", "group-not-found"},
        {R"({"cmd":"group-show","group":""})", "group-not-found"},
        {R"({"cmd":"group-show","group":"##lab"})", "group-not-found"},
        {R"({"cmd":"group-set","group":"nolab","history":"open"})", "group-not-found"},
        {R"({"cmd":"group-newcode","group":"nolab"})", "group-not-found"},
        {R"({"cmd":"group-set","group":"lab"})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","history":"ajar"})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","history":""})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","retention_days":-1})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","retention_days":36501})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","retention_days":4294967297})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","retention_days":-9223372036854775808})", "bad-argument"},
        {R"({"cmd":"group-set","group":"lab","retention_days":"1"})", "bad-argument"},
        {R"({"cmd":"file-list","user":"pogba"})", "user-not-found"},
        {R"({"cmd":"file-remove","file":"000000"})", "file-not-found"},
        {R"({"cmd":"file-remove","file":""})", "file-not-found"},
        {R"({"cmd":"quota-show","user":"pogba"})", "user-not-found"},
        {R"({"cmd":"quota-set","user":"pogba","bytes":1})", "user-not-found"},
        {R"({"cmd":"quota-reset","user":"pogba"})", "user-not-found"},
        {R"({"cmd":"quota-set","user":"messi"})", "missing-argument"},
        {R"({"cmd":"quota-set","user":"messi","bytes":-1})", "bad-argument"},
        {R"({"cmd":"quota-set","user":"messi","bytes":1125899906842625})", "bad-argument"},
    };
    for (const auto& [line, expected] : table)
        EXPECT_EQ(error(line), expected) << line;
    EXPECT_EQ(text(data(R"({"cmd":"group-show","group":"lab"})"), "history"), "closed") << "nothing was changed";
    data(R"({"cmd":"group-set","group":"lab","retention_days":36500})");
    data(R"({"cmd":"quota-set","user":"messi","bytes":1125899906842624})");
    EXPECT_NE(ask(R"({"cmd":"group-show","group":"nolab"})").find("\"hint\":\"obrolctl group list"), std::string::npos);
    EXPECT_NE(ask(R"({"cmd":"file-remove","file":"0"})").find("\"hint\":\"obrolctl file list"), std::string::npos);
    EXPECT_EQ(parts.logger.count(LogLevel::info, "control: file-remove \"000000\": file-not-found"), 1u);
    EXPECT_EQ(parts.logger.count(LogLevel::info, "control: group-set \"lab\": done"), 1u);
}

TEST_F(ControlCommandsTest, StatusGivesTheFactsAndTheCounts) {
    parts.add_user("messi");
    data(R"({"cmd":"user-role","user":"messi","role":"admin"})");
    facts.server = "shire";
    facts.uptime = std::chrono::milliseconds(61'999);
    facts.listeners = {"native:127.0.0.1:8889"};
    facts.commits = 12;
    const JsonValue status = data(R"({"cmd":"status"})");
    EXPECT_EQ(text(status, "server"), "shire");
    EXPECT_EQ(status.find("uptime_s")->as_integer(), 61);
    EXPECT_EQ(status.find("commits")->as_integer(), 12);
    EXPECT_EQ(*status.find("listeners")->as_array()->at(0).as_string(), "native:127.0.0.1:8889");
    EXPECT_EQ(status.find("users")->find("admins")->as_integer(), 1);
}

TEST_F(ControlCommandsTest, ActionsAreLoggedWithoutSecretsAndWithoutControlCharacters) {
    data(R"({"cmd":"user-add","user":"budi","password":"rahasia-sekali"})");
    error(R"({"cmd":"user-show","user":"a\nb\u001b[2J"})");
    error(R"({"cmd":"session-revoke","id":7})");
    const std::string code = text(data(R"({"cmd":"invitation-create"})"), "code");
    data(R"({"cmd":"invitation-revoke","code":")" + code + "\"}");
    std::string log;
    for (const auto& [level, line] : parts.logger.lines)
        log += line + "|";
    EXPECT_EQ(log,
              "control: user-add \"budi\": done|"
              "control: user-show \"a\\nb\\u001b[2J\": user-not-found|"
              "control: session-revoke 7: not-found|"
              "control: invitation-create: done|"
              "control: invitation-revoke: done|");
}

TEST(ControlRefusals, SayWhatTheServerCannotDoNow) {
    const auto error = [](ChatError why) { return control::to_refusal(Refused{why, {}, false}, "").error; };
    EXPECT_EQ(error(ChatError::busy), "busy");
    EXPECT_EQ(error(ChatError::not_stored), "not-stored");
    EXPECT_EQ(error(ChatError::unavailable), "unavailable");
    EXPECT_EQ(error(ChatError::blocked), "blocked") << "also what an operator is never refused for";
}

}  // namespace
}  // namespace obrol
