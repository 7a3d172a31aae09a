#include "server/chat_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "io/event_loop.h"
#include "io/socket_network.h"
#include "io/thread_pool.h"
#include "io/tls_channel.h"
#include "tests/support/chat_parts.h"
#include "tests/support/handed_listener.h"
#include "tests/support/looped_chat.h"
#include "tests/support/memory_stream.h"
#include "tests/support/plain_secure_channel.h"
#include "tests/support/toy_dialect.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HandedNetwork final : public Network {
  public:
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override {
        if (at.port == 80) return fail("cannot listen on 127.0.0.1:80: Permission denied");
        auto made = std::make_unique<HandedListener>();
        listener = made.get();
        return made;
    }
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint&, Duration) override { co_return fail("no"); }

    HandedListener* listener = nullptr;
};

struct ChatServerTest : testing::Test {
    void SetUp() override { ASSERT_TRUE(server.listen(kind, {"127.0.0.1", 0}).has_value()); }
    void TearDown() override {
        parts.run(server.stop());
        EXPECT_EQ(server.connections(), 0u);
    }
    std::unique_ptr<MemoryStream> connect(const std::string& host = "127.0.0.1") {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {.first_host = host});
        network.listener->hand(std::move(far));
        parts.executor.run_until_idle();
        return std::move(near);
    }
    // What the server says unasked, and whether it ends the connection then.
    static std::string greeting(MemoryStream& stream) {
        std::string said(stream.incoming_bytes(), '\0');
        if (!said.empty()) stream.read_some(said);
        return said;
    }
    static bool at_end(MemoryStream& stream) {
        char byte;
        return stream.read_some({&byte, 1}).status == IoStatus::closed;
    }
    std::string ask(MemoryStream& stream, std::string_view bytes) {
        const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
        stream.writev({&buffer, 1});
        parts.executor.run_for(milliseconds(5));
        std::string answer(stream.incoming_bytes(), '\0');
        if (!answer.empty()) stream.read_some(answer);
        return answer;
    }

    ChatParts parts;
    ToyKind kind;
    HandedNetwork network;
    ChatServer server{{parts.executor, network, parts.chat, parts.logger, {&parts.executor}}, {.connections_max = 3}};
};

TEST_F(ChatServerTest, SaysWhyItCannotListen) {
    const auto refused = server.listen(kind, {"127.0.0.1", 80});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, "cannot listen on 127.0.0.1:80: Permission denied");
}

TEST_F(ChatServerTest, ConnectionsAreServedAndCounted) {
    const auto one = connect();
    auto two = connect();
    EXPECT_EQ(server.connections(), 2u);
    EXPECT_EQ(ask(*one, "bad\n"), "unknown-command\n");
    two.reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ChatServerTest, BeyondTheLimitConnectionsAreToldSoAndClosedWithOneLine) {
    auto one = connect();
    const auto two = connect();
    const auto three = connect();
    EXPECT_EQ(ask(*three, "bad\n"), "unknown-command\n") << "at the limit";
    for (int i = 0; i < 100; ++i) {
        const auto refused = connect();
        EXPECT_EQ(greeting(*refused), "server-full\n");
        EXPECT_TRUE(at_end(*refused));
    }
    EXPECT_EQ(server.connections(), 3u);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "connections_max"), 1u);
    parts.executor.run_for(seconds(11));
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "refused: 99 by limits.connections_max, 0 by"), 1u);
    one.reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ask(*connect(), "bad\n"), "unknown-command\n") << "a place that got free is used";
}

TEST_F(ChatServerTest, OneAddressHasSoManyConnectionsAndOthersHaveTheirs) {
    server.set_limits({.connections_max = 100, .connections_per_address_max = 2});
    const auto one = connect("192.0.2.1");
    auto two = connect("192.0.2.1");
    EXPECT_EQ(ask(*two, "bad\n"), "unknown-command\n") << "at the limit";
    const auto three = connect("192.0.2.1");
    EXPECT_EQ(greeting(*three), "too-many-connections\n");
    EXPECT_TRUE(at_end(*three));
    EXPECT_EQ(ask(*connect("192.0.2.2"), "bad\n"), "unknown-command\n");
    two.reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ask(*connect("192.0.2.1"), "bad\n"), "unknown-command\n") << "a place that got free is used";
    parts.executor.run_for(seconds(11));
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "1 by limits.connections_per_address_max"), 1u);
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ChatServerTest, WhoeverHasOneAddressOfANetworkInIpv6HasThemAll) {
    server.set_limits({.connections_per_address_max = 2});
    const auto one = connect("2001:db8:0:1::1");
    const auto two = connect("2001:db8:0:1:ffff::2");
    EXPECT_EQ(greeting(*connect("2001:db8:0:1::3")), "too-many-connections\n");
    EXPECT_EQ(ask(*connect("2001:db8:0:2::1"), "bad\n"), "unknown-command\n");
}

TEST_F(ChatServerTest, ThisMachineIsExemptUnlessToldOtherwise) {
    server.set_limits({.connections_per_address_max = 1});
    std::vector<std::unique_ptr<MemoryStream>> many;
    for (const char* host : {"127.0.0.1", "127.0.0.1", "127.8.9.1", "::1", "::1"})
        many.push_back(connect(host));
    for (const auto& stream : many)
        EXPECT_EQ(ask(*stream, "bad\n"), "unknown-command\n");
    server.set_limits({.connections_per_address_max = 1, .loopback_exempt = false});
    EXPECT_EQ(greeting(*connect("127.0.0.1")), "too-many-connections\n");
    EXPECT_EQ(greeting(*connect("::1")), "too-many-connections\n");
}

TEST_F(ChatServerTest, SoManyAreToldWhyTheyAreRefusedAndTheOthersAreClosedSilently) {
    server.set_limits({.connections_max = 1, .refusals_max = 2, .linger_max = seconds(1)});
    const auto served = connect();
    const auto one = connect();
    const auto two = connect();
    const auto three = connect();
    EXPECT_EQ(greeting(*one), "server-full\n");
    EXPECT_EQ(greeting(*two), "server-full\n");
    EXPECT_EQ(greeting(*three), "");
    EXPECT_TRUE(at_end(*three));
    // Those that do not go are closed for good, and their places are free again.
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(greeting(*connect()), "server-full\n");
    EXPECT_EQ(ask(*served, "bad\n"), "unknown-command\n");
}

TEST_F(ChatServerTest, WhatARefusedClientSaysDoesNotCostItTheReason) {
    server.set_limits({.connections_max = 1});
    const auto served = connect();
    const auto refused = connect();
    EXPECT_EQ(ask(*refused, "login messi\nlogin messi\n"), "server-full\n") << "and nothing else";
    EXPECT_TRUE(at_end(*refused));
}

TEST_F(ChatServerTest, TroubleWithAcceptingIsLoggedOnceAndRetriedInPeace) {
    for (int i = 0; i < 20; ++i)
        network.listener->hand(fail("Too many open files"));
    auto [near, far] = MemoryStream::make_pair(parts.executor, {});
    network.listener->hand(std::move(far));
    parts.executor.run_for(milliseconds(999));
    EXPECT_LE(network.listener->accepts, 12) << "no busy loop";
    EXPECT_EQ(parts.logger.count(LogLevel::error, "Too many open files"), 1u);
    parts.executor.run_for(milliseconds(1100));
    EXPECT_EQ(ask(*near, "bad\n"), "unknown-command\n");
    network.listener->hand(fail("Too many open files"));
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(parts.logger.count(LogLevel::error, "Too many open files"), 2u) << "a new episode";
}

TEST_F(ChatServerTest, NewLimitsHoldAtOnce) {
    server.set_limits({.connections_max = 1});
    const auto one = connect();
    const auto refused = connect();
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ChatServerTest, StopEndsListeningAndConnections) {
    const auto one = connect();
    parts.run(server.stop());
    EXPECT_TRUE(network.listener->is_closed());
    EXPECT_EQ(server.connections(), 0u);
}

TEST(ChatServerStop, WaitsForTheConnectionsOfAllThreadsAtOnce) {
    ChatParts parts;
    const ToyKind kind;
    HandedNetwork network;
    ChatServer server({parts.executor, network, parts.chat, parts.logger, {&parts.executor, &parts.executor}},
                      {.shutdown_grace = seconds(5)});
    ASSERT_TRUE(server.listen(kind, {"127.0.0.1", 0}).has_value());
    // One for each, which does not take its answer.
    std::vector<std::unique_ptr<MemoryStream>> stuck;
    for (int i = 0; i < 2; ++i) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {.buffer_bytes = 8});
        network.listener->hand(std::move(far));
        parts.executor.run_until_idle();
        iovec request{const_cast<char*>("bad\n"), 4};
        near->writev({&request, 1});
        parts.executor.run_for(milliseconds(5));
        stuck.push_back(std::move(near));
    }
    ASSERT_EQ(server.connections(), 2u);
    const MonotonicTime begun = parts.executor.clock().monotonic_now();
    parts.run(server.stop());
    const Duration took = parts.executor.clock().monotonic_now() - begun;
    EXPECT_GE(took, seconds(5)) << "they had their time";
    EXPECT_LT(took, seconds(6));
}

// Core on one thread, connections on two others, real sockets: what belongs to which thread is for ThreadSanitizer.
class ThreadedServerTest : public testing::Test {
  protected:
    struct Threads {
        SystemClock clock;
        EventLoop core{clock};
        EventLoop io_one{clock};
        EventLoop io_two{clock};
        // The loops' threads.
        ThreadPool threads{core, {.name = "loops", .threads = 2}};
    };

    static Task<void> write_all(Stream& stream, std::string bytes) {
        const iovec buffer{bytes.data(), bytes.size()};
        co_await stream.wait_writable();
        EXPECT_EQ(stream.writev({&buffer, 1}).bytes, bytes.size());
    }
    static Task<std::string> read_lines(Stream& stream, std::size_t lines) {
        std::string got;
        while (static_cast<std::size_t>(std::count(got.begin(), got.end(), '\n')) < lines) {
            co_await stream.wait_readable();
            char buffer[4096];
            const IoResult result = stream.read_some(buffer);
            if (result.status == IoStatus::ok) got.append(buffer, result.bytes);
            if (result.status == IoStatus::closed || result.status == IoStatus::failed) break;
        }
        co_return got;
    }
};

TEST_F(ThreadedServerTest, ConnectionsOnOtherThreadsTalkThroughCore) {
    Threads threads;
    SocketNetwork network(threads.core);
    LoopedChat parts(threads.core);
    ToyKind kind;
    ChatServer server({threads.core, network, parts.chat, parts.logger, {&threads.io_one, &threads.io_two}}, {});
    threads.threads.submit([&] { threads.io_one.run(); }, [] {});
    threads.threads.submit([&] { threads.io_two.run(); }, [] {});

    struct Script {
        static Task<void> run(Threads& threads, Network& network, LoopedChat& parts, const ToyKind& kind,
                              ChatServer& server) {
            for (const char* name : {"messi", "maya"}) {
                // Named, because GCC 12 destroys an aggregate that is made inside a co_await twice.
                UserCard card{name, name, ""};
                const auto added = co_await parts.chat.add_user(std::move(card), "secret", Role::member);
                EXPECT_TRUE(added.has_value());
            }
            const Result<Endpoint> bound = server.listen(kind, {"127.0.0.1", 0});
            std::vector<std::unique_ptr<Stream>> streams;
            for (const char* name : {"messi", "maya", "messi", "maya"}) {
                Result<std::unique_ptr<Stream>> stream = co_await network.connect(*bound, seconds(5));
                co_await write_all(**stream,
                                   std::string("login ") + name + (name[1] == 'a' ? "\nlisten\n" : "\nbad\n"));
                const std::string hello = co_await read_lines(**stream, 2);
                EXPECT_EQ(hello, std::string("hello ") + name + "\nunknown-command\n");
                streams.push_back(std::move(*stream));
            }
            std::string requests;
            for (int i = 0; i < 300; ++i)
                requests += i % 3 == 2 ? "bad\n" : "send maya hi\n";
            co_await write_all(*streams[0], requests);
            const std::string answers = co_await read_lines(*streams[0], 300);
            EXPECT_EQ(std::count(answers.begin(), answers.end(), '\n'), 300);
            EXPECT_NE(answers.find("sent 200\n"), std::string::npos);
            for (const std::size_t listener : {1u, 3u}) {
                const std::string events = co_await read_lines(*streams[listener], 200);
                EXPECT_NE(events.find("event 1 hi\n"), std::string::npos);
                EXPECT_NE(events.find("event 200 hi\n"), std::string::npos);
            }
            co_await write_all(*streams[3], "inbox\nexit\n");
            const std::string inbox = co_await read_lines(*streams[3], 2);
            EXPECT_EQ(std::count(inbox.begin(), inbox.end(), ' '), 200);
            streams[1].reset();
            co_await server.stop();
            EXPECT_EQ(server.connections(), 0u);
            co_await parts.commits.drain();
            threads.io_one.stop();
            threads.io_two.stop();
            threads.core.stop();
        }
    };
    Gate gate("script");
    threads.core.post([&] { gate.spawn(Script::run(threads, network, parts, kind, server)); });
    threads.core.run();
    EXPECT_EQ(gate.running(), 0u);
}

// Says everything back, on core's thread.
class EchoingAcceptor final : public LinkAcceptor {
  public:
    explicit EchoingAcceptor(Executor& core) : core_(core) {}
    void accept(std::unique_ptr<SecureStream> stream) override {
        EXPECT_TRUE(core_.is_current());
        links_.push_back(std::move(stream));
        gate_.spawn(echo(*links_.back()));
    }
    Task<void> close() {
        for (const auto& link : links_)
            link->close();
        co_await gate_.close();
        links_.clear();
    }

  private:
    static Task<void> echo(Stream& stream) {
        for (;;) {
            co_await stream.wait_readable();
            std::array<char, 4096> buffer;
            const IoResult result = stream.read_some(buffer);
            if (result.status == IoStatus::closed || result.status == IoStatus::failed) break;
            iovec back{buffer.data(), result.bytes};
            while (back.iov_len > 0) {
                const IoResult written = stream.writev({&back, 1});
                if (written.status != IoStatus::ok) co_await stream.wait_writable();
                back = {static_cast<char*>(back.iov_base) + written.bytes, back.iov_len - written.bytes};
            }
        }
    }

    Executor& core_;
    std::vector<std::unique_ptr<SecureStream>> links_;
    Gate gate_{"echoes"};
};

// Encrypted connections live where the others do; those of servers go to core's thread when their handshake is done.
TEST_F(ThreadedServerTest, LinksMoveToCore) {
    Threads threads;
    SocketNetwork network(threads.core);
    LoopedChat parts(threads.core);
    ToyKind kind;
    TlsChannel secure(threads.core);
    const WallTime now = threads.clock.wall_now();
    const auto certificate = TlsCertificate::parse(make_self_signed_certificate("shire", now).value());
    ASSERT_TRUE(secure.show(certificate.value()).has_value());
    EchoingAcceptor acceptor(threads.core);
    ChatServer server(
        {threads.core, network, parts.chat, parts.logger, {&threads.io_one, &threads.io_two}, &secure, &acceptor}, {});
    threads.threads.submit([&] { threads.io_one.run(); }, [] {});
    threads.threads.submit([&] { threads.io_two.run(); }, [] {});

    struct Script {
        static Task<void> run(Threads& threads, Network& network, SecureChannel& secure, const ToyKind& kind,
                              ChatServer& server, EchoingAcceptor& acceptor) {
            const Result<Endpoint> bound = server.listen(kind, {"127.0.0.1", 0});
            std::vector<std::unique_ptr<SecureStream>> streams;
            for (const std::string alpn : {"", "obrol-peer/1", "", "obrol-peer/1"}) {
                Result<std::unique_ptr<Stream>> stream = co_await network.connect(*bound, seconds(5));
                SecureChannel::ClientOptions options{.alpn = alpn};
                const MonotonicTime deadline = threads.clock.monotonic_now() + seconds(20);
                auto made = co_await secure.connect(std::move(*stream), std::move(options), deadline);
                EXPECT_TRUE(made.has_value()) << made.error().what;
                streams.push_back(std::move(*made));
                const bool is_link = !alpn.empty();
                // The first words come with the end of the handshake.
                const std::string said = is_link ? "one\ntwo\n" : "bad\nbad\n";
                co_await write_all(*streams.back(), said);
                const std::string answer = co_await read_lines(*streams.back(), 2);
                EXPECT_EQ(answer, is_link ? said : "unknown-command\nunknown-command\n");
            }
            EXPECT_EQ(server.links(), 2u);
            EXPECT_EQ(server.connections(), 2u);
            const std::string much(60'000, 'x');
            co_await write_all(*streams[3], much + "\n");
            const std::string back = co_await read_lines(*streams[3], 1);
            EXPECT_EQ(back.size(), much.size() + 1);
            co_await server.stop();
            co_await acceptor.close();
            EXPECT_EQ(server.links(), 0u);
            threads.io_one.stop();
            threads.io_two.stop();
            threads.core.stop();
        }
    };
    Gate gate("script");
    threads.core.post([&] { gate.spawn(Script::run(threads, network, secure, kind, server, acceptor)); });
    threads.core.run();
    EXPECT_EQ(gate.running(), 0u);
}

struct KeepingAcceptor final : LinkAcceptor {
    void accept(std::unique_ptr<SecureStream> stream) override { links.push_back(std::move(stream)); }
    std::vector<std::unique_ptr<SecureStream>> links;
};

class ChatServerLinks : public testing::Test {
  protected:
    ~ChatServerLinks() override { parts.run(server->stop()); }

    void begin(ServerLimits limits) {
        server = std::make_unique<ChatServer>(
            ChatServer::Parts{parts.executor, network, parts.chat, parts.logger, {&parts.executor}, &secure, &acceptor},
            limits);
        ASSERT_TRUE(server->listen(kind, {"127.0.0.1", 0}).has_value());
    }
    std::unique_ptr<SecureStream> link_from(const std::string& host) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {.first_host = host});
        network.listener->hand(std::move(far));
        SecureChannel::ClientOptions options{.alpn = std::string(peer_alpn)};
        auto made = parts.run(
            secure.connect(std::move(near), std::move(options), parts.executor.clock().monotonic_now() + seconds(5)));
        parts.executor.run_until_idle();
        return std::move(*made);
    }
    static bool is_closed(SecureStream& link) {
        char byte;
        return link.read_some({&byte, 1}).status == IoStatus::closed;
    }

    ChatParts parts;
    ToyKind kind;
    HandedNetwork network;
    PlainSecureChannel secure{parts.executor, parts.random, "server"};
    KeepingAcceptor acceptor;
    std::unique_ptr<ChatServer> server;
};

TEST_F(ChatServerLinks, HaveALimitOfTheirOwn) {
    begin({.connections_max = 1, .links_max = 2});
    const auto one = link_from("127.0.0.1");
    const auto two = link_from("127.0.0.1");
    EXPECT_EQ(server->links(), 2u) << "at the limit";
    EXPECT_EQ(server->connections(), 0u) << "they have left";
    const auto three = link_from("127.0.0.1");
    EXPECT_EQ(acceptor.links.size(), 2u);
    EXPECT_TRUE(is_closed(*three));
    EXPECT_EQ(parts.logger.count(LogLevel::warning,
                                 "2 other servers are connected; refused: 1 by limits.links_max, 0 by "
                                 "limits.links_per_address_max"),
              1u);
    acceptor.links.pop_back();
    EXPECT_EQ(server->links(), 1u);
    const auto four = link_from("127.0.0.1");
    EXPECT_EQ(acceptor.links.size(), 2u) << "a place that got free is used";
}

TEST_F(ChatServerLinks, OfOneAddressLeaveRoomForOthers) {
    begin({.links_max = 100, .links_per_address_max = 2});
    const auto one = link_from("203.0.113.7");
    const auto two = link_from("203.0.113.7");
    EXPECT_EQ(server->links(), 2u) << "at the limit";
    const auto three = link_from("203.0.113.7");
    EXPECT_EQ(server->links(), 2u);
    EXPECT_TRUE(is_closed(*three));
    EXPECT_EQ(parts.logger.count(LogLevel::warning,
                                 "2 other servers are connected; refused: 0 by limits.links_max, 1 by "
                                 "limits.links_per_address_max"),
              1u);
    const auto other = link_from("203.0.113.8");
    EXPECT_EQ(server->links(), 3u) << "another address";
    acceptor.links.front().reset();
    const auto four = link_from("203.0.113.7");
    EXPECT_FALSE(is_closed(*four)) << "a place that got free is used";
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(is_closed(*link_from("127.0.0.1"))) << "this machine";
}

}  // namespace
}  // namespace obrol
