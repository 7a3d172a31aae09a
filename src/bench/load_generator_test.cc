#include "bench/load_generator.h"

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "bench/peers/native_protocol.h"
#include "bench/peers/simple_chat_protocol.h"
#include "bench/protocol_client.h"
#include "tests/support/little_server.h"

namespace obrol::bench {
namespace {

using std::chrono::milliseconds;

const std::string sent = "{\"status\": \"OK\", \"message\": \"Message Sent\"}\r\n\r\n";
const std::string busy = "{\"status\": \"ERROR\", \"message\": \"Maaf, server sedang sibuk, coba lagi\"}\r\n\r\n";

const std::string logged_in = "{\"status\": \"OK\", \"tokenid\": \"x\"}\r\n\r\n";
const std::string native_sent = "{\"status\":\"OK\",\"data\":{\"id\":\"x\"}}\r\n\r\n";
const std::string native_busy = "{\"status\":\"ERROR\",\"code\":\"busy\",\"retry_ms\":20,\"data\":\"\"}\r\n\r\n";

// A chat that answers every line, and misbehaves on demand.
class LittleChat {
  public:
    // What it says to the message of that number (from 0); an empty answer is none.
    using Answer = std::string (*)(std::uint64_t message);

    explicit LittleChat(Answer answer, std::string to_a_login = logged_in)
        : answer_(answer),
          to_a_login_(std::move(to_a_login)),
          server_({.on_received = [this](int client, std::string& received) { hear(client, received); }}) {}

    std::uint16_t port() const { return server_.port(); }
    std::atomic<std::uint64_t> messages = 0;
    std::atomic<std::size_t> most_in_one_read = 0;

  private:
    void hear(int client, std::string& received) {
        std::string out;
        std::size_t lines = 0;
        for (std::size_t end = 0; (end = received.find("\r\n")) != std::string::npos; received.erase(0, end + 2)) {
            ++lines;
            const bool is_login = received.starts_with("auth messi surabaya\r\n");
            out += is_login ? to_a_login_ : answer_(messages++);
        }
        most_in_one_read = std::max(most_in_one_read.load(), lines);
        LittleServer::say(client, out, 70);  // answers arrive in pieces
        if (out == "close") ::shutdown(client, SHUT_RDWR);
    }

    Answer answer_;
    const std::string to_a_login_;
    LittleServer server_;
};

class LoadGeneratorTest : public testing::Test {
  protected:
    Result<LoadResult> drive(const LittleChat& server, std::size_t clients, std::size_t depth) {
        return drive(server, clients, depth, protocol_);
    }
    Result<LoadResult> drive(const LittleChat& server, std::size_t clients, std::size_t depth,
                             const Protocol& protocol) {
        plan_.port = server.port();
        plan_.server = getpid();
        plan_.clients = clients;
        plan_.depth = depth;
        plan_.window = milliseconds(150);
        plan_.silence_limit = milliseconds(100);
        ProtocolLobby lobby(protocol);
        LoadGenerator generator(plan_, lobby, clock_, interrupted_);
        return generator.run();
    }

    LoadPlan plan_{.warm_up = milliseconds(20)};

    SystemClock clock_;
    StopSignal interrupted_;
    SimpleChatProtocol protocol_{{"messi"}, "surabaya"};
};

TEST_F(LoadGeneratorTest, CountsEveryAcknowledgement) {
    LittleChat server([](std::uint64_t) { return sent; });
    const auto result = drive(server, 20, 5);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->acknowledged_in_all, server.messages);
    EXPECT_GT(result->acknowledged, 100u);
    EXPECT_LT(result->acknowledged, result->acknowledged_in_all);
    EXPECT_EQ(result->latency.count(), result->acknowledged);
    EXPECT_GE(result->usage.elapsed, milliseconds(150));
    EXPECT_GT(result->latency.quantile(0.5), Duration{0});
    EXPECT_LT(result->latency.quantile(0.5), result->usage.elapsed);
    EXPECT_GT(result->usage.generator_cpu_seconds, 0);
    EXPECT_GT(result->usage.server_rss_bytes, 0u);
}

TEST_F(LoadGeneratorTest, WhatABusyServerRefusesIsNotAcknowledged) {
    const LittleChat server([](std::uint64_t message) { return message % 2 == 0 ? sent : busy; });
    const auto result = drive(server, 3, 4);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_GT(result->busy, 0u);
    EXPECT_EQ(result->acknowledged_in_all, (server.messages + 1) / 2);
    EXPECT_EQ(result->latency.count(), result->acknowledged);
}

TEST_F(LoadGeneratorTest, WhoIsRefusedCanPauseBeforeHeGoesOn) {
    LittleChat server([](std::uint64_t message) { return message % 5 == 4 ? busy : sent; });
    plan_.pause_when_refused = milliseconds(20);
    const auto result = drive(server, 2, 3);
    ASSERT_TRUE(result) << result.error().what;
    const auto pauses = static_cast<std::uint64_t>(result->usage.elapsed / plan_.pause_when_refused) + 1;
    EXPECT_GE(result->busy, 2u);
    EXPECT_LE(result->busy, pauses * plan_.clients * plan_.depth);
    EXPECT_EQ(result->acknowledged_in_all, server.messages - server.messages / 5);
}

TEST_F(LoadGeneratorTest, WhoIsToldAfterHowLongToTryAgainWaitsForIt) {
    LittleChat server([](std::uint64_t message) { return message % 5 == 4 ? native_busy : native_sent; }, native_sent);
    const auto result = drive(server, 2, 3, NativeProtocol({"messi"}, "surabaya"));
    ASSERT_TRUE(result) << result.error().what;
    const auto pauses = static_cast<std::uint64_t>(result->usage.elapsed / milliseconds(20)) + 1;
    EXPECT_GE(result->busy, 2u);
    EXPECT_LE(result->busy, pauses * plan_.clients * plan_.depth);
    EXPECT_EQ(result->acknowledged_in_all, server.messages - server.messages / 5);
}

TEST_F(LoadGeneratorTest, RefusalsAreNoLatencies) {
    const LittleChat server([](std::uint64_t message) {
        if (message % 2 == 1) std::this_thread::sleep_for(milliseconds(20));
        return message % 2 == 0 ? sent : busy;
    });
    const auto result = drive(server, 1, 1);
    ASSERT_TRUE(result) << result.error().what;
    ASSERT_GT(result->acknowledged, 0u);
    EXPECT_LT(result->latency.quantile(0.75), milliseconds(20));  // half of all answers took longer
}

TEST_F(LoadGeneratorTest, RefusalsEndNoStall) {
    const LittleChat server([](std::uint64_t) { return busy; });
    const auto result = drive(server, 1, 1);
    ASSERT_TRUE(result) << result.error().what;
    ASSERT_GT(result->busy, 0u);
    EXPECT_EQ(result->acknowledged, 0u);
    EXPECT_EQ(result->longest_stall, result->usage.elapsed);
    EXPECT_EQ(result->latency.count(), 0u);
}

TEST_F(LoadGeneratorTest, KeepsTheDepthInFlight) {
    for (const std::size_t depth : {1u, 7u}) {
        LittleChat server([](std::uint64_t) { return sent; });
        const auto result = drive(server, 1, depth);
        ASSERT_TRUE(result) << result.error().what;
        EXPECT_EQ(server.most_in_one_read, depth);
    }
}

TEST_F(LoadGeneratorTest, SeesTheLongestStall) {
    LittleChat server([](std::uint64_t message) {
        if (message == 100) std::this_thread::sleep_for(milliseconds(60));
        return sent;
    });
    plan_.warm_up = milliseconds(0);  // four messages at most are answered before the window
    const auto result = drive(server, 4, 1);
    ASSERT_TRUE(result) << result.error().what;
    ASSERT_GT(server.messages, 100u);
    EXPECT_GE(result->longest_stall, milliseconds(40));
    EXPECT_GE(result->latency.longest(), milliseconds(40));
}

TEST_F(LoadGeneratorTest, AnotherAnswerFailsTheRun) {
    LittleChat server([](std::uint64_t message) {
        return message == 50 ? "{\"status\": \"ERROR\", \"message\": \"disk full\"}\r\n\r\n" : sent;
    });
    const auto result = drive(server, 3, 2);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("disk full"), std::string::npos) << result.error().what;
}

TEST_F(LoadGeneratorTest, AnUnaskedAnswerFailsTheRun) {
    LittleChat server([](std::uint64_t message) { return message == 50 ? sent + sent : sent; });
    const auto result = drive(server, 1, 1);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("answers to"), std::string::npos) << result.error().what;
}

TEST_F(LoadGeneratorTest, AClosedConnectionFailsTheRun) {
    LittleChat server([](std::uint64_t message) { return message == 50 ? std::string("close") : sent; });
    const auto result = drive(server, 1, 1);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("closed the connection of client 0"), std::string::npos) << result.error().what;
}

TEST_F(LoadGeneratorTest, SilenceFailsTheRun) {
    LittleChat server([](std::uint64_t message) { return message < 50 ? sent : std::string(); });
    const auto result = drive(server, 2, 1);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("silent"), std::string::npos) << result.error().what;
}

TEST_F(LoadGeneratorTest, NobodyListeningIsAnError) {
    LoadPlan plan;
    plan.port = 1;
    plan.server = getpid();
    ProtocolLobby lobby(protocol_);
    LoadGenerator generator(plan, lobby, clock_, interrupted_);
    const auto result = generator.run();
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("127.0.0.1:1: Connection refused"), std::string::npos) << result.error().what;
}

}  // namespace
}  // namespace obrol::bench
