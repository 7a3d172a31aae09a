#include "server/control/control_commands.h"

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>

#include "server/control/control_json.h"
#include "tests/support/chat_parts.h"
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

    ChatParts parts;
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
