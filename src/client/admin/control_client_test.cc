#include "client/admin/control_client.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <utility>

#include "io/deterministic_executor.h"
#include "tests/support/memory_stream.h"

namespace obrol {
namespace {

using std::chrono::seconds;

struct ControlClientTest : testing::Test {
    ControlClientTest() { std::tie(near, far) = MemoryStream::make_pair(executor, {.buffer_bytes = 64}); }
    ~ControlClientTest() override { executor.run_for(seconds(20)); }

    static Task<void> keep(Task<Result<ServerAnswer>> asking, std::optional<Result<ServerAnswer>>& into) {
        Result<ServerAnswer> answer = co_await std::move(asking);
        into.emplace(std::move(answer));
    }
    void ask(std::string request) {
        gate.spawn(keep(ask_server(executor, *near, std::move(request), seconds(10)), answer));
    }
    std::string heard() {
        std::string all;
        char buffer[4096];
        for (;;) {
            executor.run_until_idle();
            const IoResult read = far->read_some(buffer);
            if (read.status != IoStatus::ok) return all;
            all.append(buffer, read.bytes);
        }
    }
    void say(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view part = bytes.substr(0, 50);
            const iovec buffer{const_cast<char*>(part.data()), part.size()};
            ASSERT_EQ(far->writev({&buffer, 1}).bytes, part.size());
            executor.run_until_idle();
            bytes.remove_prefix(part.size());
        }
    }

    DeterministicExecutor executor{1};
    std::unique_ptr<MemoryStream> near;
    std::unique_ptr<MemoryStream> far;
    std::optional<Result<ServerAnswer>> answer;
    Gate gate{"test"};
};

TEST_F(ControlClientTest, WritesRequestsOnOneLine) {
    EXPECT_EQ(control_request("status", {}), "{\"cmd\":\"status\"}\n");
    EXPECT_EQ(control_request("x", {{"text", JsonValue(std::string("a\n\"é"))}, {"n", JsonValue(std::int64_t{-3})}}),
              "{\"cmd\":\"x\",\"text\":\"a\\n\\\"é\",\"n\":-3}\n");
}

TEST_F(ControlClientTest, GivesTheDataHoweverLongRequestAndAnswerAre) {
    const std::string request = control_request("x", {{"text", JsonValue(std::string(1000, 'r'))}});
    ask(request);
    EXPECT_EQ(heard(), request);
    EXPECT_FALSE(answer);
    say("{\"ok\":true,\"data\":{\"text\":\"" + std::string(100'000, 'a') + "\"}}\n");
    ASSERT_TRUE(answer && *answer && **answer);
    EXPECT_EQ(*(***answer).find("text")->as_string(), std::string(100'000, 'a'));
}

TEST_F(ControlClientTest, GivesTheRefusal) {
    ask("{}\n");
    say("{\"ok\":false,\"error\":\"e\",\"message\":\"m\",\"hint\":\"h\"}\n");
    ASSERT_TRUE(answer && *answer && !**answer);
    const ServerRefusal& refusal = (**answer).error();
    EXPECT_EQ(refusal.error + refusal.message + refusal.hint, "emh");
}

TEST_F(ControlClientTest, SaysWhyThereIsNoAnswer) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"no json\n", "the server's answer is no JSON: "},
        {"{}\n", "the server's answer does not say whether it was done"},
        {"[]\n", "the server's answer does not say whether it was done"},
    };
    for (const auto& [said, expected] : table) {
        std::tie(near, far) = MemoryStream::make_pair(executor, {});
        answer.reset();
        ask("{}\n");
        say(said);
        ASSERT_TRUE(answer && !*answer) << said;
        EXPECT_TRUE(answer->error().what.starts_with(expected)) << answer->error().what;
    }
}

TEST_F(ControlClientTest, AServerThatClosesOrSaysNothingIsAnError) {
    ask("{}\n");
    say("{\"ok\":tr");
    far.reset();
    executor.run_until_idle();
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().what, "the server closed the connection");

    std::tie(near, far) = MemoryStream::make_pair(executor, {});
    answer.reset();
    ask("{}\n");
    executor.run_for(seconds(9));
    EXPECT_FALSE(answer);
    executor.run_for(seconds(2));
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().what, "the server did not answer in time");
}

TEST_F(ControlClientTest, AnAnswerBeforeTheRequestWasTakenCounts) {
    say("{\"ok\":false,\"error\":\"full\"}\n");
    far->close();
    ask("{}\n");
    executor.run_until_idle();
    ASSERT_TRUE(answer && *answer && !**answer);
    EXPECT_EQ((**answer).error().error, "full");
}

}  // namespace
}  // namespace obrol
