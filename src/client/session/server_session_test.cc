#include "client/session/server_session.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/random.h"
#include "dialects/simple_chat/simple_chat.h"
#include "tests/support/scripted_server.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Loss = ServerSession::Loss;

const Token token = *Token::parse("9abf3546-137d-4fd7-9d18-1f33e82acf8d");
const std::string inbox_request = "inbox " + token.to_string() + " \r\n";
const std::string empty_inbox = "{\"status\": \"OK\", \"messages\": {}}\r\n\r\n";

struct Watcher final : ServerSession::Observer {
    void on_sent(const Command&, std::string_view) override { ++sent; }
    void on_lost(Loss loss) override { losses.push_back(loss); }
    void on_connected_again() override { ++connected_again; }

    int sent = 0;
    std::vector<Loss> losses;
    int connected_again = 0;
};

class ServerSessionTest : public ::testing::Test {
  protected:
    ~ServerSessionTest() override {
        bool closed = false;
        tasks.spawn(close(session, closed));
        executor.run_for(seconds(1));
        EXPECT_TRUE(closed);
    }

    static Task<void> close(ServerSession& session, bool& closed) {
        co_await session.close();
        closed = true;
    }
    static Task<void> keep_connected(ServerSession& session, std::optional<Result<void>>& result) {
        result.emplace(co_await session.connect());
    }
    static Task<void> keep_exchange(ServerSession& session, Command command,
                                    std::optional<ServerSession::Exchange>& result) {
        result.emplace(co_await session.ask(std::move(command)));
    }

    void connect() {
        tasks.spawn(keep_connected(session, connected));
        executor.run_until_idle();
        ASSERT_TRUE(connected && connected->has_value());
    }
    // The request is under way when this returns; `exchange` has how it ended.
    void ask() {
        exchange.reset();
        tasks.spawn(keep_exchange(session, Command{token, FetchInbox{}}, exchange));
        executor.run_until_idle();
    }
    static ServerSession::Options options() {
        ServerSession::Options options;
        options.server = {"server.example", 8890};
        options.make_dialect = simple_chat::make_client;
        return options;
    }
    template <class Kind>
    const Kind* ended_as() const {
        return exchange ? std::get_if<Kind>(&*exchange) : nullptr;
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    ScriptedServer server{executor};
    Watcher watcher;
    ServerSession session{{server, executor, random}, options(), watcher};
    std::optional<Result<void>> connected;
    std::optional<ServerSession::Exchange> exchange;
    Gate tasks{"test"};
};

TEST_F(ServerSessionTest, TheFirstConnectionIsNotTriedTwice) {
    server.is_away = true;
    tasks.spawn(keep_connected(session, connected));
    executor.run_for(seconds(60));
    ASSERT_TRUE(connected && !connected->has_value());
    EXPECT_EQ(connected->error().what, "cannot connect to server.example:8890: Connection refused");
    EXPECT_EQ(server.attempts.size(), 1u);
    EXPECT_TRUE(watcher.losses.empty());
}

TEST_F(ServerSessionTest, AnAnswerComesAsReadAndAsItCame) {
    server.stream_options.read_bytes_max = 1;
    connect();
    ask();
    EXPECT_EQ(server.heard(), inbox_request);
    EXPECT_EQ(watcher.sent, 1);
    EXPECT_FALSE(exchange);
    server.say(empty_inbox);
    const auto* answered = ended_as<ServerSession::Answered>();
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, empty_inbox);
    EXPECT_TRUE(std::holds_alternative<InboxPage>(answered->reply));
    ask();
    EXPECT_EQ(server.heard(), inbox_request);
    server.say(empty_inbox);
    EXPECT_TRUE(ended_as<ServerSession::Answered>());
}

TEST_F(ServerSessionTest, ALostAnswerIsOfUnknownFateAndTheRequestIsNotSentAgain) {
    connect();
    ask();
    EXPECT_EQ(server.heard(), inbox_request);
    server.say("{\"status\": ");
    server.hang_up();
    const auto* unknown = ended_as<ServerSession::FateUnknown>();
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->loss, Loss::closed_by_server);
    EXPECT_EQ(unknown->received, "{\"status\": ");
    executor.run_for(seconds(60));
    EXPECT_EQ(watcher.connected_again, 1);
    EXPECT_EQ(server.heard(), "");
    ask();
    EXPECT_EQ(server.heard(), inbox_request);
    server.say(empty_inbox);
    EXPECT_TRUE(ended_as<ServerSession::Answered>());
}

TEST_F(ServerSessionTest, AResetIsABrokenConnection) {
    connect();
    ask();
    server.connection->reset();
    executor.run_until_idle();
    ASSERT_TRUE(ended_as<ServerSession::FateUnknown>());
    EXPECT_EQ(watcher.losses, std::vector{Loss::broken});
}

TEST_F(ServerSessionTest, TriesAgainLessAndLessOften) {
    connect();
    EXPECT_EQ(session.connection_number(), 1u);
    server.is_away = true;
    server.hang_up();
    EXPECT_EQ(watcher.losses, std::vector{Loss::closed_by_server});
    executor.run_for(seconds(120));
    ASSERT_GT(server.attempts.size(), 8u);
    Duration expected = milliseconds(250);
    for (std::size_t i = 2; i < server.attempts.size(); ++i) {
        const Duration pause = server.attempts[i] - server.attempts[i - 1];
        expected = std::min<Duration>(expected * 2, seconds(15));
        EXPECT_GE(pause, expected / 2) << i;
        EXPECT_LE(pause, expected) << i;
    }
    server.is_away = false;
    executor.run_for(seconds(15));
    EXPECT_EQ(watcher.connected_again, 1);
    EXPECT_EQ(session.connection_number(), 2u);
    EXPECT_EQ(watcher.losses.size(), 1u);
}

TEST_F(ServerSessionTest, ARequestWaitsForAServerThatComesBackSoon) {
    connect();
    server.is_away = true;
    server.hang_up();
    executor.run_for(seconds(100));
    ask();
    executor.run_for(seconds(4));
    EXPECT_FALSE(exchange);
    server.is_away = false;
    // Long before the next attempt that would have been due without it.
    executor.run_for(seconds(1));
    EXPECT_EQ(server.heard(), inbox_request);
    server.say(empty_inbox);
    EXPECT_TRUE(ended_as<ServerSession::Answered>());
}

TEST_F(ServerSessionTest, ARequestToAServerThatStaysAwayIsNotSent) {
    connect();
    server.is_away = true;
    server.hang_up();
    ask();
    executor.run_for(milliseconds(4900));
    EXPECT_FALSE(exchange);
    executor.run_for(milliseconds(200));
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
    EXPECT_EQ(watcher.sent, 0);
    server.is_away = false;
    executor.run_for(seconds(15));
    EXPECT_EQ(server.heard(), "");
}

TEST_F(ServerSessionTest, ARequestThatIsCutOffIsNotSent) {
    server.stream_options.buffer_bytes = 10;
    connect();
    ask();
    EXPECT_EQ(server.connection->incoming_bytes(), 10u);
    server.hang_up();
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
    EXPECT_EQ(watcher.sent, 0);
}

TEST_F(ServerSessionTest, ALongRequestGoesOutAsTheServerTakesIt) {
    server.stream_options.buffer_bytes = 10;
    connect();
    ask();
    EXPECT_EQ(watcher.sent, 0);
    EXPECT_EQ(server.heard(), inbox_request);
    EXPECT_EQ(watcher.sent, 1);
}

TEST_F(ServerSessionTest, ASilentServerIsGivenUp) {
    connect();
    ask();
    executor.run_for(milliseconds(59'900));
    EXPECT_FALSE(exchange);
    executor.run_for(milliseconds(200));
    const auto* unknown = ended_as<ServerSession::FateUnknown>();
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->loss, Loss::no_answer);
    executor.run_for(seconds(1));
    EXPECT_EQ(session.connection_number(), 2u);
}

TEST_F(ServerSessionTest, NonsenseEndsTheConnection) {
    const struct {
        std::string bytes;
        bool asked;
    } cases[] = {
        {"hello\r\n\r\n", true},
        {empty_inbox, false},
        {empty_inbox + "x", true},
    };
    connect();
    for (const auto& [bytes, asked] : cases) {
        watcher.losses.clear();
        if (asked) ask();
        server.say(bytes);
        EXPECT_EQ(watcher.losses, std::vector{Loss::unreadable_answer}) << bytes;
        executor.run_for(seconds(1));
    }
    EXPECT_EQ(watcher.connected_again, 3);
}

TEST_F(ServerSessionTest, StoppingEndsARequestAndTheConnection) {
    connect();
    ask();
    session.stop();
    executor.run_until_idle();
    const auto* unknown = ended_as<ServerSession::FateUnknown>();
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->loss, Loss::stopped);
    EXPECT_TRUE(watcher.losses.empty());
    executor.run_for(seconds(60));
    EXPECT_EQ(server.attempts.size(), 1u);
    ask();
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
}

TEST_F(ServerSessionTest, StoppingEndsTheAttemptsAndWhoWaitsForThem) {
    connect();
    server.is_away = true;
    server.hang_up();
    ask();
    session.stop();
    executor.run_until_idle();
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
    const std::size_t attempts = server.attempts.size();
    executor.run_for(seconds(60));
    EXPECT_EQ(server.attempts.size(), attempts);
}

}  // namespace
}  // namespace obrol
