// Other servers over the control socket.
#include <gtest/gtest.h>
#include <string>
#include <utility>

#include "server/control/control_commands.h"
#include "server/control/control_json.h"
#include "tests/support/joined_servers.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

class PeerCommandsTest : public testing::Test {
  protected:
    PeerCommandsTest() { a.people.add("messi"); }
    std::string ask(std::string line) { return a.parts.run(commands.answer(std::move(line))); }
    // The member of that name, of an answer that must be ok, or of its refusal.
    std::string text(const std::string& line, bool ok, std::string_view name) {
        const std::string answer = ask(line);
        const Result<JsonValue, JsonError> read = read_json(answer, {.bytes_max = 1'000'000});
        EXPECT_TRUE(read && read->find("ok")->as_boolean() == ok) << line << answer;
        const JsonValue* object = read ? &*read : nullptr;
        if (object && ok) object = object->find("data");
        const JsonValue* found = object ? object->find(name) : nullptr;
        if (found && found->as_boolean()) return *found->as_boolean() ? "true" : "false";
        if (found && found->as_integer()) return std::to_string(*found->as_integer());
        return found && found->as_string() ? *found->as_string() : "(none)";
    }
    std::string data(const std::string& line, std::string_view name) { return text(line, true, name); }
    std::string error(const std::string& line) { return text(line, false, "error"); }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    ServerFacts facts;
    ControlCommands commands{{a.parts.chat.administration(), [this] { return facts; }, a.parts.logger}};
};

TEST_F(PeerCommandsTest, ManageServers) {
    EXPECT_EQ(data(R"({"cmd":"peer-identity"})", "server"), "A");
    EXPECT_EQ(data(R"({"cmd":"peer-identity"})", "fingerprint"), fingerprint(a.parts.key.public_key()));
    EXPECT_EQ(ask(R"({"cmd":"peer-list"})"), "{\"ok\":true,\"data\":{\"peers\":[]}}\n");
    EXPECT_EQ(data(R"({"cmd":"peer-add","peer":"C","host":"127.0.0.1","port":65535})", "state"), "idle");
    EXPECT_EQ(data(R"({"cmd":"peer-address","peer":"C","host":"chat.example.org","port":1})", "host"),
              "chat.example.org");
    EXPECT_EQ(data(R"({"cmd":"peer-connect","peer":"C"})", "peer"), "C");
    EXPECT_EQ(data(R"({"cmd":"peer-show","peer":"c"})", "state"), "up");
    EXPECT_EQ(data(R"({"cmd":"peer-disconnect","peer":"C"})", "state"), "disconnected");
    EXPECT_EQ(data(R"({"cmd":"peer-block","peer":"C"})", "state"), "blocked");
    EXPECT_EQ(data(R"({"cmd":"peer-unblock","peer":"C"})", "state"), "idle");
    EXPECT_EQ(data(R"({"cmd":"peer-remove","peer":"C"})", "items_dropped"), "0");
    EXPECT_EQ(a.parts.logger.count(LogLevel::info, "control: peer-remove \"C\": done"), 1u);
}

TEST_F(PeerCommandsTest, ShowWhetherAServerHasToldItsAddressItself) {
    servers.join();
    const auto is_told = [this] { return data(R"({"cmd":"peer-show","peer":"B"})", "address_told"); };
    ASSERT_TRUE(a.parts.run(a.peering().reachable_at(a.other, "127.0.0.1", 9)).has_value());
    EXPECT_EQ(is_told(), "true");
    ask(R"({"cmd":"peer-address","peer":"B","host":"127.0.0.1","port":9})");
    EXPECT_EQ(is_told(), "false");
}

TEST_F(PeerCommandsTest, RefuseWhatMakesNoSense) {
    ask(R"({"cmd":"peer-add","peer":"C","host":"127.0.0.1","port":9})");
    const std::pair<std::string, std::string> table[] = {
        {R"({"cmd":"peer-add","peer":"c","host":"127.0.0.2","port":9})", "peer-taken"},
        {R"({"cmd":"peer-add","peer":"A","host":"127.0.0.2","port":9})", "own-server"},
        {R"({"cmd":"peer-add","peer":"a b","host":"127.0.0.2","port":9})", "bad-peer"},
        {R"({"cmd":"peer-add","peer":"D","host":"127.0.0.2","port":0})", "bad-peer"},
        {R"({"cmd":"peer-add","peer":"D","host":"127.0.0.2","port":65536})", "bad-peer"},
        {R"({"cmd":"peer-add","peer":"D","host":"127.0.0.2"})", "missing-argument"},
        {R"({"cmd":"peer-show","peer":"D"})", "peer-not-found"},
        {R"({"cmd":"peer-test"})", "bad-argument"},
        {R"({"cmd":"peer-test","peer":"C","host":"127.0.0.1","port":9})", "bad-argument"},
        {R"({"cmd":"peer-test","host":"127.0.0.1"})", "bad-peer"},
        {R"({"cmd":"peer-disconnect","peer":"C"})", "peer-not-connected"},
        {R"({"cmd":"queue-flush","peer":"C"})", "peer-not-connected"},
        {R"({"cmd":"queue-list","peer":"C","limit":1001})", "bad-argument"},
        {R"({"cmd":"queue-drop","peer":"D"})", "peer-not-found"},
        {R"({"cmd":"group-log","group":"nolab"})", "group-not-found"},
        {R"({"cmd":"group-log","group":"nolab","after":-1})", "bad-argument"},
        {R"({"cmd":"group-adopt","group":"nolab@B"})", "group-not-found"},
        {R"({"cmd":"group-recover","group":"nolab"})", "group-not-found"},
    };
    for (const auto& [line, expected] : table)
        EXPECT_EQ(error(line), expected) << line;
}

TEST_F(PeerCommandsTest, ATrialThatFailsSaysAtWhichStepAndWhatToDo) {
    ask(R"({"cmd":"peer-add","peer":"B","host":"127.0.0.1","port":9})");
    const std::pair<LinkTrial::Step, std::string> steps[] = {
        {LinkTrial::Step::resolve, "test-name"},    {LinkTrial::Step::connect, "test-connect"},
        {LinkTrial::Step::secure, "test-tls"},      {LinkTrial::Step::identity, "test-identity"},
        {LinkTrial::Step::version, "test-version"}, {LinkTrial::Step::echo, "test-echo"},
    };
    for (const auto& [step, expected] : steps) {
        a.links.trial.failed_at = step;
        EXPECT_EQ(error(R"({"cmd":"peer-test","peer":"B"})"), expected);
        EXPECT_NE(text(R"({"cmd":"peer-test","peer":"B"})", false, "hint"), "(none)");
    }
    PublicKey key{};
    key[0] = 9;
    a.links.trial.failed_at = LinkTrial::Step::done;
    a.links.trial.round_trip = std::chrono::microseconds(420);
    a.links.trial.met = LinkTrial::Met{key, "B"};
    EXPECT_EQ(data(R"({"cmd":"peer-test","peer":"B"})", "round_trip_us"), "420");
    EXPECT_EQ(data(R"({"cmd":"peer-test","host":"127.0.0.1","port":10})", "fingerprint"), fingerprint(key));
    a.links.trial.met = LinkTrial::Met{key, "C"};
    EXPECT_EQ(error(R"({"cmd":"peer-test","peer":"B"})"), "test-identity");
}

TEST_F(PeerCommandsTest, AQueueIsListedInPagesWithoutTexts) {
    servers.join();
    servers.b.people.add("izza");
    servers.set_link(LinkState::down);
    for (int i = 0; i < 3; ++i)
        a.people.get<MessageSent>("messi", SendMessage{parse_address_list("izza@B"), "secret words", std::nullopt});
    EXPECT_EQ(data(R"({"cmd":"queue-list","peer":"B","limit":2})", "next"), "2");
    const std::string rest = ask(R"({"cmd":"queue-list","peer":"B","after":2})");
    EXPECT_NE(rest.find(R"("number":3,)"), std::string::npos) << rest;
    EXPECT_NE(rest.find(R"("kind":"message","from":"messi","to":"izza@B")"), std::string::npos) << rest;
    EXPECT_EQ(rest.find("secret"), std::string::npos) << rest;
    EXPECT_EQ(rest.find("next"), std::string::npos) << rest;
    EXPECT_EQ(data(R"({"cmd":"peer-show","peer":"B"})", "queued"), "3");
    EXPECT_EQ(data(R"({"cmd":"queue-drop","peer":"B"})", "items_dropped"), "3");
    EXPECT_EQ(ask(R"({"cmd":"queue-list","peer":"B"})").find("messi"), std::string::npos);
}

}  // namespace
}  // namespace obrol
