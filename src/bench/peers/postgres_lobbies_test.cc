// What PostgreSQL's clients ask and understand, against a little server of its protocol
// (postgresql.org/docs/15/protocol.html) that misbehaves on demand.
#include "bench/peers/postgres_lobbies.h"

#include <algorithm>
#include <atomic>
#include <fmt/core.h>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "bench/delivery_run.h"
#include "bench/load_generator.h"
#include "bench/login_run.h"
#include "tests/support/little_server.h"

namespace obrol::bench {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

std::string number(std::size_t value) {
    return {0, 0, static_cast<char>(value >> 8), static_cast<char>(value)};
}

// A message of the server.
std::string said(char type, const std::string& body) {
    return type + number(body.size() + 4) + body;
}

const std::string welcome = said('R', number(0)) + said('S', "TimeZone\0UTC\0"s) + said('Z', "I");
const std::string stored = said('C', "INSERT 0 1\0"s);

// The zero-ended text at `at`, which moves behind it.
std::string text_at(std::string_view body, std::size_t& at) {
    const std::size_t begin = at, end = body.find('\0', at);
    at = end + 1;
    return std::string(body.substr(begin, end - begin));
}

class LittlePostgres {
  public:
    struct Behaviour {
        std::string welcome = bench::welcome;
        // To the INSERT of that number (from 0, of all); "close" hangs up.
        std::function<std::string(std::uint64_t insert)> answer = [](std::uint64_t) { return stored; };
        std::size_t answers_from = 1;  // a client's requests are answered once so many have come
    };

    explicit LittlePostgres(Behaviour behaviour)
        : behaviour_(std::move(behaviour)),
          server_({.on_received = [this](int client, std::string& received) { hear(client, received); },
                   .on_end =
                       [this](int client) {
                           clients_.erase(client);
                           for (auto& [channel, listeners] : listeners_)
                               std::erase(listeners, client);
                       }}) {}

    std::uint16_t port() const { return server_.port(); }
    std::atomic<std::uint64_t> inserts = 0;
    std::atomic<std::uint64_t> notifies = 0;
    std::atomic<std::uint64_t> connections = 0;  // ever
    std::atomic<std::size_t> most_unanswered = 0;
    // Only after the run.
    const std::set<std::vector<std::string>>& rows() const { return rows_; }

  private:
    struct Visitor {
        bool started = false;
        std::map<std::string, std::string> statements;
        std::string bound;                // the statement
        std::vector<std::string> values;  // bound to it
        bool prepares = false;
        std::string unsaid;
        std::size_t unanswered = 0;
        bool answers = false;
    };

    void hear(int client, std::string& received) {
        Visitor& visitor = clients_[client];
        while (true) {
            const std::size_t head = visitor.started ? 5 : 4;
            if (received.size() < head) break;
            const std::size_t size = length_at(received, head - 4) + head - 4;
            if (received.size() < size) break;
            const std::string body = received.substr(head, size - head);
            const char type = visitor.started ? received[0] : 'I';
            received.erase(0, size);
            answer(client, visitor, type, body);
        }
        most_unanswered = std::max(most_unanswered.load(), visitor.unanswered);
        if (visitor.unanswered >= behaviour_.answers_from) visitor.answers = true;
        if (!visitor.answers) return;
        visitor.unanswered = 0;
        say(client, std::exchange(visitor.unsaid, ""));
    }

    static std::size_t length_at(std::string_view bytes, std::size_t at) {
        std::size_t length = 0;
        for (const char byte : bytes.substr(at, 4))
            length = length << 8 | static_cast<unsigned char>(byte);
        return length;
    }

    void answer(int client, Visitor& visitor, char type, const std::string& body) {
        std::size_t at = 0;
        switch (type) {
            case 'I':
                ++connections;
                EXPECT_NE(body.find("user\0postgres\0database\0postgres\0"s), std::string::npos);
                visitor.started = true;
                answer_without_delay(client);
                return say(client, behaviour_.welcome);
            case 'P': {
                const std::string name = text_at(body, at);
                visitor.statements[name] = text_at(body, at);
                visitor.prepares = !name.empty();
                visitor.unsaid += said('1', "");
                return;
            }
            case 'B':
                text_at(body, at);  // the portal
                visitor.bound = text_at(body, at);
                take_values(visitor, std::string_view(body).substr(at + 2));
                visitor.unsaid += said('2', "");
                return;
            case 'D':
                visitor.unsaid += said('n', "");
                return;
            case 'E':
                visitor.unsaid += execute(client, visitor);
                return;
            case 'S':
                visitor.unsaid += said('Z', "I");
                if (!std::exchange(visitor.prepares, false)) {
                    ++visitor.unanswered;
                    return;
                }
                return say(client, std::exchange(visitor.unsaid, ""));
            case 'X':
                return;
            default:
                ADD_FAILURE() << "the client said " << type;
        }
    }

    // The pieces of an answer must not wait for each other's acknowledgement.
    static void answer_without_delay(int client) {
        constexpr int on = 1;
        EXPECT_EQ(::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    }

    static void take_values(Visitor& visitor, std::string_view rest) {
        visitor.values.clear();
        const std::size_t count = static_cast<unsigned char>(rest.at(1));
        rest.remove_prefix(2);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = length_at(rest, 0);
            visitor.values.emplace_back(rest.substr(4, size));
            rest.remove_prefix(4 + size);
        }
    }

    std::string execute(int client, Visitor& visitor) {
        const std::string& statement = visitor.statements.at(visitor.bound);
        if (statement.starts_with("LISTEN ")) {
            listeners_[statement.substr(7)].push_back(client);
            return said('C', "LISTEN\0"s);
        }
        if (statement.starts_with("NOTIFY ")) {
            ++notifies;
            const std::size_t comma = statement.find(", '");
            const std::string channel = statement.substr(7, comma - 7);
            const std::string text = statement.substr(comma + 3, statement.size() - comma - 4);
            for (const int listener : listeners_[channel])
                say(listener, said('A', number(7) + channel + '\0' + text + '\0'));
            return said('C', "NOTIFY\0"s);
        }
        EXPECT_EQ(statement, "INSERT INTO messages(room, sender, body) VALUES ($1::text::int, $2::text::int, $3)");
        EXPECT_EQ(visitor.values.size(), 3u);
        rows_.insert(visitor.values);
        std::string words = behaviour_.answer(inserts++);
        if (words == "close") ::shutdown(client, SHUT_RDWR);
        return words;
    }

    // Answers arrive in pieces.
    static void say(int client, std::string_view bytes) { LittleServer::say(client, bytes, 7); }

    Behaviour behaviour_;
    std::map<int, Visitor> clients_;
    std::map<std::string, std::vector<int>> listeners_;
    std::set<std::vector<std::string>> rows_;
    LittleServer server_;
};

class PostgresRowsTest : public testing::Test {
  protected:
    Result<LoadResult> drive(const LittlePostgres& server, std::size_t clients, std::size_t depth) {
        LoadPlan plan;
        plan.port = server.port();
        plan.server = getpid();
        plan.clients = clients;
        plan.depth = depth;
        plan.window = milliseconds(100);
        plan.warm_up = milliseconds(20);
        plan.silence_limit = std::chrono::seconds(5);
        LoadGenerator generator(plan, lobby_, clock_, interrupted_);
        return generator.run();
    }
    // The run over a server that behaves like this must fail with words that contain `part`.
    void expect_failure(LittlePostgres::Behaviour behaviour, const std::string& part) {
        LittlePostgres server(std::move(behaviour));
        const auto result = drive(server, 2, 1);
        ASSERT_FALSE(result) << part;
        EXPECT_NE(result.error().what.find(part), std::string::npos) << result.error().what;
    }
    // The answer of that number is another one.
    static LittlePostgres::Behaviour another(const std::string& answer) {
        LittlePostgres::Behaviour behaviour;
        behaviour.answer = [answer](std::uint64_t insert) { return insert == 5 ? answer : stored; };
        return behaviour;
    }

    SystemClock clock_;
    StopSignal interrupted_;
    PostgresRows lobby_;
};

TEST_F(PostgresRowsTest, CountsEveryCommit) {
    LittlePostgres server({});
    const auto result = drive(server, 20, 3);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->acknowledged_in_all, server.inserts);
    EXPECT_EQ(server.rows().size(), server.inserts);  // each has a text of its own
    EXPECT_GT(result->acknowledged, 0u);
    EXPECT_EQ(result->latency.count(), result->acknowledged);
    EXPECT_EQ(server.connections, 20u);
    std::set<std::string> rooms, senders;
    for (const auto& row : server.rows()) {
        rooms.insert(row.at(0));
        senders.insert(row.at(1));
    }
    EXPECT_GE(rooms.size(), 20u);
    EXPECT_LE(rooms.size(), 36u);
    EXPECT_EQ(senders.size(), 20u);
}

TEST_F(PostgresRowsTest, KeepsTheDepthInFlight) {
    for (const std::size_t depth : {1u, 7u}) {
        LittlePostgres::Behaviour behaviour;
        behaviour.answers_from = depth;
        LittlePostgres server(behaviour);
        const auto result = drive(server, 2, depth);
        ASSERT_TRUE(result) << result.error().what;
        EXPECT_EQ(server.most_unanswered, depth);
    }
}

TEST_F(PostgresRowsTest, AnotherAnswerFailsTheRun) {
    expect_failure(another(said('E', "SERROR\0C53100\0Mdisk full\0\0"s)), "disk full");
    expect_failure(another(said('C', "INSERT 0 0\0"s)), "INSERT 0 0 where INSERT 0 1 was due");
    expect_failure(another(said('C', "INSERT 0 1\0"s) + said('C', "INSERT 0 1\0"s)), "did not commit");
    expect_failure(another(stored + said('Z', "I") + stored), "nobody has asked for");
    expect_failure(another(said('N', "SWARNING\0C01000\0Mwraparound\0\0"s) + stored), "wraparound");
    expect_failure(another("close"), "closed the connection");
}

TEST_F(PostgresRowsTest, ARefusedConnectionIsAnError) {
    LittlePostgres::Behaviour full;
    full.welcome = said('E', "SFATAL\0C53300\0Mtoo many clients\0\0"s);
    expect_failure(full, "too many clients");
    LoadPlan plan;
    plan.port = 1;
    plan.server = getpid();
    LoadGenerator generator(plan, lobby_, clock_, interrupted_);
    const auto result = generator.run();
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("cannot connect to 127.0.0.1:1: "), std::string::npos) << result.error().what;
}

class PostgresChannelsTest : public testing::Test {
  protected:
    static WorkloadPlan plan(const LittlePostgres& server, Workload workload) {
        WorkloadPlan made;
        made.workload = workload;
        made.size = {.receivers = 5, .senders = 2, .pairs = 4, .clients = 20, .depth = 10, .rate = 500};
        made.window = milliseconds(100);
        made.warm_up = milliseconds(20);
        made.settling = milliseconds(10);
        made.silence_limit = std::chrono::seconds(5);
        made.port = server.port();
        made.server = getpid();
        return made;
    }

    SystemClock clock_;
    StopSignal interrupted_;
    PostgresChannels lobby_;
};

TEST_F(PostgresChannelsTest, WhoListensHearsEverything) {
    for (const auto& [workload, readers] : {std::pair{Workload::fanout, 5u}, std::pair{Workload::pairs, 1u}}) {
        LittlePostgres server({});
        const WorkloadPlan made = plan(server, workload);
        DeliveryRun run(made, lobby_, clock_, interrupted_);
        const auto result = run.run();
        ASSERT_TRUE(result) << result.error().what;
        EXPECT_EQ(result->delivered_in_all, server.notifies * readers);
        EXPECT_GT(result->delivered_in_all, 0u);
    }
}

TEST_F(PostgresChannelsTest, WhoComesInIsCounted) {
    for (const auto workload : {Workload::login, Workload::reconnect}) {
        LittlePostgres server({});
        const WorkloadPlan made = plan(server, workload);
        LoginRun run(made, lobby_, clock_, interrupted_);
        const auto result = run.run();
        ASSERT_TRUE(result) << result.error().what;
        EXPECT_GE(result->logins, 20u);
        EXPECT_GE(server.connections, result->logins);
    }
}

}  // namespace
}  // namespace obrol::bench
