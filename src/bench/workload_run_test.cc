// DeliveryRun and LoginRun, and Crowd below them, against a little server of redis's publish/subscribe that misbehaves
// on demand.
#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

#include "bench/delivery_run.h"
#include "bench/login_run.h"
#include "bench/peers/redis_lobbies.h"
#include "bench/peers/resp.h"
#include "tests/support/little_server.h"

namespace obrol::bench {
namespace {

using std::chrono::milliseconds;

class LittleHub {
  public:
    // What the subscriber with this place gets of the message with this number (from 0, of all): mostly the text, once.
    using Distort = std::function<std::vector<std::string>(std::uint64_t message, std::size_t subscriber, std::string)>;

    // How often the message with this number is acknowledged, mostly once.
    using Acknowledge = std::function<std::size_t(std::uint64_t message)>;

    explicit LittleHub(Distort distort = {}, Acknowledge acknowledge = {})
        : distort_(std::move(distort)),
          acknowledge_(std::move(acknowledge)),
          server_({.on_received = [this](int client, std::string& received) { hear(client, received); },
                   .on_connection =
                       [this] {
                           ++connections;
                           return !takes_no_more;
                       },
                   .on_end =
                       [this](int client) {
                           for (auto& [channel, subscribers] : subscribers_)
                               std::erase(subscribers, client);
                       }}) {}

    std::uint16_t port() const { return server_.port(); }
    std::atomic<std::uint64_t> messages = 0;
    std::atomic<std::uint64_t> connections = 0;  // ever
    std::atomic<bool> takes_no_more = false;     // new connections get no answer

  private:
    void hear(int client, std::string& received) {
        std::vector<RespItem> items;
        while (true) {
            const auto whole = read_resp(received, items);
            ASSERT_TRUE(whole);
            if (*whole == 0) return;
            answer(client, items);
            received.erase(0, *whole);
        }
    }

    void answer(int client, const std::vector<RespItem>& items) {
        const std::string_view command = items.at(1).text;
        if (command == "PING") return say(client, "+PONG\r\n");
        const std::string channel(items.at(2).text);
        auto& subscribers = subscribers_[channel];
        if (command == "SUBSCRIBE") {
            subscribers.push_back(client);
            std::string out = "*3\r\n";
            append_bulk(out, "subscribe");
            append_bulk(out, channel);
            return say(client, out + ":1\r\n");
        }
        ASSERT_EQ(command, "PUBLISH");
        const std::uint64_t number = messages++;
        for (std::size_t i = 0; i < subscribers.size(); ++i) {
            const std::string text(items.at(3).text);
            const auto texts = distort_ ? distort_(number, i, text) : std::vector<std::string>{text};
            for (const std::string& one : texts) {
                std::string out;
                append_command(out, {"message", channel, one});
                say(subscribers[i], out);
            }
        }
        for (std::size_t left = acknowledge_ ? acknowledge_(number) : 1; left > 0; --left)
            say(client, ":" + std::to_string(subscribers.size()) + "\r\n");
    }

    // Answers arrive in pieces.
    static void say(int client, std::string_view bytes) { LittleServer::offer(client, bytes, 50); }

    Distort distort_;
    Acknowledge acknowledge_;
    std::map<std::string, std::vector<int>> subscribers_;
    LittleServer server_;
};

class WorkloadRunTest : public testing::Test {
  protected:
    WorkloadPlan plan(const LittleHub& hub, Workload workload) {
        WorkloadPlan made;
        made.workload = workload;
        made.size = {.receivers = 5, .senders = 2, .pairs = 4, .clients = 20, .depth = 10, .rate = 500};
        made.window = milliseconds(150);
        made.warm_up = milliseconds(20);
        made.settling = milliseconds(10);
        made.silence_limit = std::chrono::seconds(20);
        made.port = hub.port();
        made.server = getpid();
        return made;
    }
    Result<DeliveryResult> deliver(const WorkloadPlan& made) {
        DeliveryRun run(made, lobby_, clock_, interrupted_);
        return run.run();
    }
    Result<LoginResult> log_in(const WorkloadPlan& made) {
        LoginRun run(made, lobby_, clock_, interrupted_);
        return run.run();
    }
    // The run over a hub that distorts must fail with words that contain `part`.
    void expect_failure(LittleHub::Distort distort, const std::string& part, Workload workload = Workload::fanout) {
        LittleHub hub(std::move(distort));
        const auto result = deliver(plan(hub, workload));
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().what.find(part), std::string::npos) << result.error().what;
    }

    SystemClock clock_;
    StopSignal interrupted_;
    RedisChannels lobby_;
};

TEST_F(WorkloadRunTest, EveryMemberOfARoomGetsEverything) {
    LittleHub hub;
    const auto result = deliver(plan(hub, Workload::fanout));
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->delivered_in_all, hub.messages * 5);
    EXPECT_EQ(result->acknowledged_in_all, hub.messages);
    EXPECT_GT(result->delivered_in_all, 0u);
    EXPECT_LE(result->delivered, result->delivered_in_all);
    EXPECT_EQ(result->latency.count(), result->delivered);
    EXPECT_EQ(result->latency.quantile(0.5) > Duration{0}, result->delivered > 0);
    EXPECT_GE(result->usage.elapsed, milliseconds(150));
    EXPECT_EQ(metrics_of(Workload::fanout, *result).front().name, "deliveries/s");
}

TEST_F(WorkloadRunTest, EveryPartnerGetsHisOwn) {
    LittleHub hub;
    const auto result = deliver(plan(hub, Workload::pairs));
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->delivered_in_all, hub.messages);
    EXPECT_GT(result->delivered_in_all, 0u);
}

TEST_F(WorkloadRunTest, LatencySendsAtItsRate) {
    LittleHub hub;
    const auto result = deliver(plan(hub, Workload::latency));
    ASSERT_TRUE(result) << result.error().what;
    // 500 a second and no more, however slow this machine is just now.
    EXPECT_GE(hub.messages, 1u);
    EXPECT_LE(static_cast<double>(hub.messages), 500 * (result->usage.seconds() + 1));
    EXPECT_EQ(result->delivered_in_all, hub.messages * 5);
}

TEST_F(WorkloadRunTest, OneWhoStopsReadingIsNotWaitedFor) {
    LittleHub hub;
    const auto result = deliver(plan(hub, Workload::stalled));
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->delivered_in_all, hub.messages * 4);
    EXPECT_EQ(result->stalled_missed, hub.messages);
}

TEST_F(WorkloadRunTest, ALostMessageIsNoticed) {
    expect_failure(
        [](std::uint64_t message, std::size_t subscriber, std::string text) {
            return message == 20 && subscriber == 3 ? std::vector<std::string>{} : std::vector{text};
        },
        "was due");
}

TEST_F(WorkloadRunTest, TheLastMessageLostIsNoticed) {
    LittleHub hub([](std::uint64_t message, std::size_t subscriber, std::string text) {
        return message > 0 && subscriber == 3 ? std::vector<std::string>{} : std::vector{text};
    });
    // The others hear of more, so that there is no silence before the end.
    WorkloadPlan made = plan(hub, Workload::latency);
    made.silence_limit = std::chrono::seconds(1);
    const auto result = deliver(made);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("deliveries are missing"), std::string::npos) << result.error().what;
}

TEST_F(WorkloadRunTest, ADoubledMessageIsNoticed) {
    expect_failure(
        [](std::uint64_t message, std::size_t subscriber, std::string text) {
            return message == 20 && subscriber == 3 ? std::vector{text, text} : std::vector{text};
        },
        "was due");
}

TEST_F(WorkloadRunTest, AMessageOfAnotherPairIsNoticed) {
    std::string kept;
    expect_failure(
        [&kept](std::uint64_t message, std::size_t, std::string text) {
            if (message == 0) kept = text;
            const bool is_another_pair = text.substr(0, 9) != kept.substr(0, 9);
            return std::vector{is_another_pair ? kept : text};
        },
        "received what was for another", Workload::pairs);
}

TEST_F(WorkloadRunTest, ATextThatNobodySentIsNoticed) {
    expect_failure([](std::uint64_t, std::size_t, const std::string&) { return std::vector<std::string>{"hello"}; },
                   "nobody sent");
}

TEST_F(WorkloadRunTest, AMissingAcknowledgementIsNoticed) {
    LittleHub hub({}, [](std::uint64_t message) { return message == 3 ? 0u : 1u; });
    WorkloadPlan made = plan(hub, Workload::pairs);
    made.silence_limit = milliseconds(500);
    const auto result = deliver(made);
    ASSERT_FALSE(result);
    const std::string all = std::to_string(hub.messages);
    EXPECT_NE(result.error().what.find("0 of " + all + " deliveries are missing, " + std::to_string(hub.messages - 1) +
                                       " of " + all + " messages are acknowledged"),
              std::string::npos)
        << result.error().what;
}

TEST_F(WorkloadRunTest, AnAcknowledgementTooManyIsNoticed) {
    LittleHub hub({}, [](std::uint64_t message) { return message == 3 ? 2u : 1u; });
    const auto result = deliver(plan(hub, Workload::fanout));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("acknowledgements, not"), std::string::npos) << result.error().what;
}

// One's answer that goes to another leaves their sum as it was.
TEST_F(WorkloadRunTest, AnAcknowledgementOfAnothersMessageIsNoticed) {
    LittleHub hub({}, [](std::uint64_t message) { return message == 3 ? 0u : message == 4 ? 2u : 1u; });
    WorkloadPlan made = plan(hub, Workload::fanout);
    made.size.depth = 1;  // the two senders take turns
    const auto result = deliver(made);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("acknowledgements, not"), std::string::npos) << result.error().what;
}

TEST_F(WorkloadRunTest, IdleConnectionsStay) {
    LittleHub hub;
    WorkloadPlan made = plan(hub, Workload::idle);
    made.window = milliseconds(20);
    const auto result = log_in(made);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->connections, 20u);
    EXPECT_EQ(result->logins, 20u);
    EXPECT_EQ(hub.connections, 20u);
    EXPECT_EQ(metrics_of(Workload::idle, *result).front().name, "KiB/connection");
}

TEST_F(WorkloadRunTest, LoginsComeAgainAndAgain) {
    LittleHub hub;
    WorkloadPlan made = plan(hub, Workload::login);
    made.window = milliseconds(600);
    const auto result = log_in(made);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_GT(hub.connections, 20u);
    EXPECT_GE(hub.connections, result->logins);
    EXPECT_EQ(result->latency.count(), result->logins);
}

TEST_F(WorkloadRunTest, EverybodyComesBackOnce) {
    LittleHub hub;
    const auto result = log_in(plan(hub, Workload::reconnect));
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->logins, 20u);
    EXPECT_EQ(result->connections, 20u);
    EXPECT_EQ(hub.connections, 40u);
}

// Says that it has accounts.
class AccountLobby final : public MessengerLobby {
  public:
    explicit AccountLobby(RedisChannels& below) : below_(below) {}
    std::unique_ptr<Messenger> seat(const Seat& seat) override {
        ++seats;
        return below_.seat(seat);
    }
    std::size_t at_once() const override { return 3; }
    bool has_accounts() const override { return true; }
    std::size_t seats = 0;

  private:
    RedisChannels& below_;
};

TEST_F(WorkloadRunTest, AccountsAreMadeFirstAndDoNotCount) {
    LittleHub hub;
    AccountLobby lobby(lobby_);
    WorkloadPlan made = plan(hub, Workload::idle);
    made.window = milliseconds(20);
    LoginRun run(made, lobby, clock_, interrupted_);
    const auto result = run.run();
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(lobby.seats, 40u);
    EXPECT_EQ(result->logins, 20u);
    EXPECT_EQ(result->connections, 20u);
}

TEST_F(WorkloadRunTest, AServerThatDoesNotAnswerIsNamed) {
    LittleHub hub;
    hub.takes_no_more = true;
    WorkloadPlan made = plan(hub, Workload::idle);
    made.silence_limit = milliseconds(200);
    const auto result = log_in(made);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("nothing has happened"), std::string::npos) << result.error().what;
}

TEST_F(WorkloadRunTest, NobodyListeningIsAnError) {
    LittleHub hub;
    WorkloadPlan made = plan(hub, Workload::pairs);
    made.port = 1;
    const auto result = deliver(made);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("127.0.0.1:1: Connection refused"), std::string::npos) << result.error().what;
}

}  // namespace
}  // namespace obrol::bench
