#include "io/socket_stream.h"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include "io/socket_testing.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;
using testing::answer_in_capitals;
using testing::as_buffer;
using testing::connect_pair;
using testing::descriptor_of;
using testing::Pair;
using testing::read_upto;
using testing::ReadToEnd;
using testing::write_all;
using testing::write_text;

int option_of(Stream& stream, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(descriptor_of(stream), level, option, &value, &size), 0);
    return value;
}

Task<void> talk_and_half_close(EventLoop& loop, std::string host) {
    Pair pair = co_await connect_pair(loop, host);
    EXPECT_EQ(pair.server->peer_host(), host);
    EXPECT_EQ(pair.client->peer_host(), host);
    Gate gate("server");
    gate.spawn(answer_in_capitals(*pair.server));
    for (const std::string line : {"one", "two", "three"}) {
        co_await write_all(*pair.client, line);
        const ReadToEnd answer = co_await read_upto(*pair.client, line.size());
        EXPECT_NE(answer.text, line);
        EXPECT_EQ(answer.text.size(), line.size());
    }
    pair.client->shutdown_write();
    const ReadToEnd rest = co_await read_upto(*pair.client, 100);
    EXPECT_EQ(rest.text, "BYE");
    EXPECT_EQ(rest.end, IoStatus::closed);
    co_await gate.close();
}

Task<Pair> connect_and_wait_once(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    co_await write_all(*pair.client, "one");
    const ReadToEnd read = co_await read_upto(*pair.server, 3);
    EXPECT_EQ(read.text, "one");
    // Empty by now, and the loop knows it.
    std::array<char, 8> buffer;
    EXPECT_EQ(pair.server->read_some(buffer).status, IoStatus::would_block);
    co_return pair;
}

TEST(Socket, GoesOnAtAnotherLoop) {
    for (const bool comes_before : {true, false}) {
        testing::LoopFixture on;
        EventLoop other(on.clock);
        Pair pair = *testing::run(on.loop, connect_and_wait_once(on.loop));
        if (comes_before) write_text(*pair.client, "two");
        pair.server->move_to(other);
        Timer later(other);
        later.start_after(5ms, [&] {
            if (!comes_before) write_text(*pair.client, "two");
        });
        EXPECT_EQ(testing::run(other, read_upto(*pair.server, 3))->text, "two");
        // And there it can be waited for in both directions, and closed.
        testing::run(other, write_all(*pair.server, std::string(100'000, 'x')));
        later.start_after(5ms, [&] { pair.server->close(); });
        EXPECT_EQ(testing::run(other, read_upto(*pair.server, 1))->end, IoStatus::failed);
    }
}

TEST(Socket, EchoesAndClosesByHalvesOnIpv4) {
    testing::LoopFixture on;
    testing::run(on.loop, talk_and_half_close(on.loop, "127.0.0.1"));
}

TEST(Socket, EchoesAndClosesByHalvesOnIpv6) {
    testing::LoopFixture on;
    SocketNetwork network(on.loop);
    if (!network.listen({"::1", 0})) GTEST_SKIP() << "this machine has no IPv6";
    testing::run(on.loop, talk_and_half_close(on.loop, "::1"));
}

Task<void> both_ends_have_options(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    for (Stream* const stream : {pair.client.get(), pair.server.get()}) {
        EXPECT_EQ(option_of(*stream, IPPROTO_TCP, TCP_NODELAY), 1);
        EXPECT_EQ(option_of(*stream, SOL_SOCKET, SO_KEEPALIVE), 1);
        EXPECT_EQ(option_of(*stream, IPPROTO_TCP, TCP_KEEPIDLE), 30);
        EXPECT_EQ(option_of(*stream, IPPROTO_TCP, TCP_KEEPINTVL), 10);
        EXPECT_EQ(option_of(*stream, IPPROTO_TCP, TCP_KEEPCNT), 3);
        EXPECT_EQ(option_of(*stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 60'000);
        EXPECT_NE(::fcntl(descriptor_of(*stream), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_NE(::fcntl(descriptor_of(*stream), F_GETFL) & O_NONBLOCK, 0);
    }
}

TEST(Socket, AcceptedAndConnectedOnesHaveTheOptions) {
    testing::LoopFixture on;
    testing::run(on.loop, both_ends_have_options(on.loop));
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>('a' + (i * 31 + i / 251) % 26);
    return text;
}

Task<void> write_note(Stream& stream, std::string_view text, bool& blocked, bool& written) {
    while (!text.empty()) {
        const IoResult result = write_text(stream, text);
        if (result.status == IoStatus::would_block) {
            blocked = true;
            co_await stream.wait_writable();
        } else {
            EXPECT_EQ(result.status, IoStatus::ok);
            text.remove_prefix(result.bytes);
        }
    }
    stream.shutdown_write();
    written = true;
}

Task<void> fill_and_drain(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    const std::string text = pattern(16 << 20);
    bool blocked = false;
    bool written = false;
    Gate gate("writer");
    gate.spawn(write_note(*pair.server, text, blocked, written));
    co_await sleep_for(loop, 1ms);
    EXPECT_TRUE(blocked);
    EXPECT_FALSE(written);
    const ReadToEnd read = co_await read_upto(*pair.client, text.size() + 1);
    EXPECT_TRUE(read.text == text);
    EXPECT_EQ(read.end, IoStatus::closed);
    co_await gate.close();
    EXPECT_TRUE(written);
}

TEST(Socket, AFullBufferWaitsUntilItIsDrained) {
    testing::LoopFixture on;
    testing::run(on.loop, fill_and_drain(on.loop));
}

Task<void> write_scattered(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    // More pieces than one system call takes.
    const std::string text = pattern(3'000);
    std::vector<iovec> buffers;
    for (const char& c : text)
        buffers.push_back(as_buffer({&c, 1}));
    std::span<const iovec> left = buffers;
    while (!left.empty()) {
        const IoResult written = pair.client->writev(left);
        if (written.status != IoStatus::ok) break;
        left = left.subspan(written.bytes);
    }
    const ReadToEnd read = co_await read_upto(*pair.server, text.size());
    EXPECT_EQ(read.text, text);
}

TEST(Socket, WritesAnyNumberOfPieces) {
    testing::LoopFixture on;
    testing::run(on.loop, write_scattered(on.loop));
}

Task<void> wait_and_count(Stream& stream, Stream::Readiness::Direction direction, int& resumed) {
    if (direction == Stream::Readiness::Direction::read) {
        co_await stream.wait_readable();
    } else {
        co_await stream.wait_writable();
    }
    ++resumed;
}

Task<void> close_with_waiters(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    const std::string much = pattern(1 << 20);
    while (write_text(*pair.client, much).status == IoStatus::ok) {
    }
    int resumed = 0;
    Gate gate("waiters");
    gate.spawn(wait_and_count(*pair.client, Stream::Readiness::Direction::read, resumed));
    gate.spawn(wait_and_count(*pair.client, Stream::Readiness::Direction::write, resumed));
    co_await sleep_for(loop, 1ms);
    EXPECT_EQ(resumed, 0);
    pair.client->close();
    pair.client->close();
    EXPECT_EQ(resumed, 0) << "close() ran the waiters inside the call";
    co_await gate.close();
    EXPECT_EQ(resumed, 2);
    std::array<char, 8> buffer;
    EXPECT_EQ(pair.client->read_some(buffer).status, IoStatus::failed);
    EXPECT_EQ(write_text(*pair.client, "x").status, IoStatus::failed);
    EXPECT_EQ(pair.client->peer_host(), "127.0.0.1");
    // A wait on a closed stream ends at once.
    co_await pair.client->wait_readable();
    co_await pair.client->wait_writable();
}

TEST(Socket, CloseResumesTheWaitersLater) {
    testing::LoopFixture on;
    testing::run(on.loop, close_with_waiters(on.loop));
}

Task<void> read_and_destroy(std::unique_ptr<Stream> stream, IoStatus& end) {
    const ReadToEnd read = co_await read_upto(*stream, 1'000);
    end = read.end;
}

Task<void> close_many(EventLoop& loop) {
    Gate gate("readers");
    std::vector<Stream*> servers;
    std::vector<IoStatus> ends(20, IoStatus::ok);
    std::vector<std::unique_ptr<Stream>> clients;
    for (IoStatus& end : ends) {
        Pair pair = co_await connect_pair(loop, "127.0.0.1");
        servers.push_back(pair.server.get());
        clients.push_back(std::move(pair.client));
        gate.spawn(read_and_destroy(std::move(pair.server), end));
    }
    for (Stream* const server : servers)
        server->close();
    co_await gate.close();
    for (const IoStatus end : ends)
        EXPECT_EQ(end, IoStatus::failed);
}

TEST(Socket, AWaiterMayDestroyItsClosedStream) {
    testing::LoopFixture on;
    testing::run(on.loop, close_many(on.loop));
}

Task<void> lose_peer(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    Gate gate("waiter");
    int resumed = 0;
    gate.spawn(wait_and_count(*pair.server, Stream::Readiness::Direction::read, resumed));
    co_await sleep_for(loop, 1ms);
    // Closing with a linger time of zero resets the connection.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(::setsockopt(descriptor_of(*pair.client), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    pair.client->close();
    co_await gate.close();
    EXPECT_EQ(resumed, 1);
    std::array<char, 8> buffer;
    EXPECT_EQ(pair.server->read_some(buffer).status, IoStatus::failed);
    // And no SIGPIPE.
    EXPECT_EQ(write_text(*pair.server, "anybody there?").status, IoStatus::closed);
}

TEST(Socket, APeerThatVanishesIsNoticed) {
    testing::LoopFixture on;
    testing::run(on.loop, lose_peer(on.loop));
}

// The end of the stream arrives together with the last bytes: no event of its own follows.
Task<void> read_last_words(EventLoop& loop) {
    Pair pair = co_await connect_pair(loop, "127.0.0.1");
    EXPECT_EQ(write_text(*pair.client, "last words").status, IoStatus::ok);
    pair.client->shutdown_write();
    co_await sleep_for(loop, 1ms);
    co_await pair.server->wait_readable();
    const ReadToEnd read = co_await read_upto(*pair.server, 1'000);
    EXPECT_EQ(read.text, "last words");
    EXPECT_EQ(read.end, IoStatus::closed);
}

TEST(Socket, AnEndThatComesWithTheLastBytesIsSeen) {
    testing::LoopFixture on;
    testing::run(on.loop, read_last_words(on.loop));
}

TEST(SocketStream, IsSmall) {
    EXPECT_LE(sizeof(SocketStream), 96u);
}

}  // namespace
}  // namespace obrol
