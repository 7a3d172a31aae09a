#include "io/socket_network.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "io/descriptor.h"
#include "io/inline_work_queue.h"
#include "io/socket_stream.h"
#include "io/testing.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;
using StreamResult = Result<std::unique_ptr<Stream>>;
using ListenerResult = Result<std::unique_ptr<Listener>>;

iovec as_buffer(std::string_view text) {
    return {const_cast<char*>(text.data()), text.size()};
}

IoResult write_text(Stream& stream, std::string_view text) {
    const iovec buffer = as_buffer(text);
    return stream.writev({&buffer, 1});
}

Task<void> write_all(Stream& stream, std::string_view text) {
    while (!text.empty()) {
        const IoResult written = write_text(stream, text);
        if (written.status == IoStatus::would_block) {
            co_await stream.wait_writable();
        } else if (written.status == IoStatus::ok) {
            text.remove_prefix(written.bytes);
        } else {
            co_return;
        }
    }
}

struct ReadToEnd {
    std::string text;
    IoStatus end = IoStatus::ok;
};

// Until `size_max` bytes, or the end of the stream.
Task<ReadToEnd> read_upto(Stream& stream, std::size_t size_max) {
    ReadToEnd read;
    std::array<char, 64 * 1024> buffer;
    while (read.text.size() < size_max) {
        const IoResult got = stream.read_some(buffer);
        if (got.status == IoStatus::would_block) {
            co_await stream.wait_readable();
        } else if (got.status == IoStatus::ok) {
            read.text.append(buffer.data(), got.bytes);
        } else {
            read.end = got.status;
            break;
        }
    }
    co_return read;
}

struct Pair {
    std::unique_ptr<Stream> client;
    std::unique_ptr<Stream> server;
};

Task<Pair> connect_pair(EventLoop& loop, std::string host) {
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({host, 0});
    EXPECT_TRUE(listener.has_value()) << listener.error().what;
    StreamResult client = co_await network.connect((*listener)->local(), testing::patience);
    EXPECT_TRUE(client.has_value()) << client.error().what;
    StreamResult server = co_await (*listener)->accept(loop);
    EXPECT_TRUE(server.has_value()) << server.error().what;
    co_return Pair{std::move(*client), std::move(*server)};
}

int descriptor_of(Stream& stream) {
    return dynamic_cast<SocketStream&>(stream).descriptor();
}

int option_of(Stream& stream, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(descriptor_of(stream), level, option, &value, &size), 0);
    return value;
}

Task<void> answer_in_capitals(Stream& stream) {
    for (;;) {
        std::array<char, 512> buffer;
        co_await stream.wait_readable();
        const IoResult got = stream.read_some(buffer);
        if (got.status == IoStatus::would_block) continue;
        if (got.status != IoStatus::ok) break;
        std::string text(buffer.data(), got.bytes);
        for (char& c : text)
            c = static_cast<char>(std::toupper(c));
        co_await write_all(stream, text);
    }
    co_await write_all(stream, "BYE");
    stream.shutdown_write();
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

TEST(SocketNetwork, APortInUseIsAnErrorInPlainWords) {
    testing::LoopFixture on;
    SocketNetwork network(on.loop);
    const ListenerResult first = network.listen({"127.0.0.1", 0});
    ASSERT_TRUE(first.has_value());
    const Endpoint at = (*first)->local();
    EXPECT_NE(at.port, 0);
    EXPECT_EQ(at.host, "127.0.0.1");
    const ListenerResult second = network.listen(at);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().what, "cannot listen on " + to_string(at) + ": Address already in use");
    (*first)->close();
    EXPECT_TRUE(network.listen(at).has_value());
}

TEST(SocketNetwork, NamesAndAddresses) {
    testing::LoopFixture on;
    SocketNetwork network(on.loop);
    const ListenerResult named = network.listen({"localhost", 0});
    ASSERT_TRUE(named.has_value());
    EXPECT_EQ((*named)->local().host, "127.0.0.1");
    for (const char* const host : {"", "no address", "127.0.0", "256.0.0.1", "example.com"}) {
        const ListenerResult wrong = network.listen({host, 0});
        ASSERT_FALSE(wrong.has_value()) << host;
        EXPECT_EQ(wrong.error().what, "cannot listen on " + std::string(host) + ":0: not a numeric address");
    }
    EXPECT_EQ(to_string(Endpoint{"127.0.0.1", 8889}), "127.0.0.1:8889");
    EXPECT_EQ(to_string(Endpoint{"::1", 8889}), "[::1]:8889");
}

Task<void> reach_dual_stack(EventLoop& loop) {
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({"::", 0});
    if (!listener) co_return;
    const Endpoint to{"127.0.0.1", (*listener)->local().port};
    StreamResult client = co_await network.connect(to, testing::patience);
    EXPECT_TRUE(client.has_value());
    StreamResult server = co_await (*listener)->accept(loop);
    EXPECT_TRUE(server.has_value());
    EXPECT_EQ((*server)->peer_host(), "127.0.0.1");
}

TEST(SocketNetwork, AllAddressesIncludeIpv4AndShowItAsSuch) {
    testing::LoopFixture on;
    testing::run(on.loop, reach_dual_stack(on.loop));
}

Task<std::string> connect_error(SocketNetwork& network, Endpoint to, Duration timeout) {
    const StreamResult connected = co_await network.connect(to, timeout);
    co_return connected ? std::string("connected") : connected.error().what;
}

TEST(SocketNetwork, ConnectSaysWhyNot) {
    testing::LoopFixture on;
    SocketNetwork network(on.loop);
    ListenerResult gone = network.listen({"127.0.0.1", 0});
    const Endpoint at = (*gone)->local();
    (*gone)->close();
    EXPECT_EQ(testing::run(on.loop, connect_error(network, at, testing::patience)),
              "cannot connect to " + to_string(at) + ": Connection refused");
    EXPECT_EQ(testing::run(on.loop, connect_error(network, {"chat.example", 1}, testing::patience)),
              "cannot connect to chat.example:1: not a numeric address");
}

TEST(SocketNetwork, ConnectGivesUpInTime) {
    testing::LoopFixture on;
    SocketNetwork network(on.loop);
    // A listener whose queue is full leaves the next ones unanswered.
    const Descriptor full(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ASSERT_GE(full.get(), 0);
    SocketAddress any = SocketAddress::from_numeric({"127.0.0.1", 0}).front();
    ASSERT_EQ(::bind(full.get(), any.raw(), any.size), 0);
    ASSERT_EQ(::listen(full.get(), 0), 0);
    const Endpoint at = SocketAddress::of_socket(full.get()).to_endpoint();
    std::vector<Descriptor> waiting;
    const SocketAddress address = SocketAddress::from_numeric(at).front();
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        // The last of them is left unanswered, which is what this is about.
        static_cast<void>(::connect(waiting.back().get(), address.raw(), address.size));
    }
    EXPECT_EQ(testing::run(on.loop, connect_error(network, at, 20ms)),
              "cannot connect to " + to_string(at) + ": no answer in time");
}

TEST(SocketNetwork, AWorkQueueResolvesNames) {
    testing::LoopFixture on;
    InlineWorkQueue queue(on.loop);
    SocketNetwork network(on.loop, &queue);
    // RFC 6761: "invalid" never exists; an address with a port that nobody listens on needs no network either.
    const auto error = testing::run(on.loop, connect_error(network, {"host.invalid", 1}, testing::patience));
    EXPECT_EQ(error->find("cannot resolve host.invalid: "), 0u) << *error;
    // inet_aton's short form is not among our numeric addresses, but the resolver knows it.
    EXPECT_EQ(testing::run(on.loop, connect_error(network, {"127.1", 1}, testing::patience)),
              "cannot connect to 127.1:1: Connection refused");
}

// Lets the process open no descriptor more than it has.
class NoMoreDescriptors {
  public:
    NoMoreDescriptors() {
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
        const Descriptor next(::dup(0));
        rlimit now = before_;
        now.rlim_cur = static_cast<rlim_t>(next.get());
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &now), 0);
    }
    ~NoMoreDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

  private:
    rlimit before_{};
};

Task<void> run_out_of_descriptors(EventLoop& loop) {
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({"127.0.0.1", 0});
    std::vector<std::unique_ptr<Stream>> clients;
    for (int i = 0; i < 3; ++i) {
        StreamResult client = co_await network.connect((*listener)->local(), testing::patience);
        clients.push_back(std::move(*client));
    }
    StreamResult first = co_await (*listener)->accept(loop);
    EXPECT_TRUE(first.has_value());
    // UndefinedBehaviorSanitizer opens a pipe when it sees an object's type for the first time.
    EXPECT_FALSE((*listener)->is_closed());
    {
        const NoMoreDescriptors limit;
        for (int i = 0; i < 2; ++i) {
            const StreamResult refused = co_await (*listener)->accept(loop);
            EXPECT_FALSE(refused.has_value());
            EXPECT_EQ(refused.error().what,
                      "cannot accept a connection on " + to_string((*listener)->local()) + ": Too many open files");
        }
        EXPECT_FALSE((*listener)->is_closed());
    }
    // No new connection arrives, but those that waited are still there.
    StreamResult second = co_await (*listener)->accept(loop);
    StreamResult third = co_await (*listener)->accept(loop);
    EXPECT_TRUE(second.has_value());
    EXPECT_TRUE(third.has_value());
}

TEST(SocketListener, SurvivesRunningOutOfDescriptors) {
    testing::LoopFixture on;
    testing::run(on.loop, run_out_of_descriptors(on.loop));
}

Task<void> accept_until_closed(Listener& listener, EventLoop& loop, std::string& error) {
    const StreamResult accepted = co_await listener.accept(loop);
    if (!accepted) error = accepted.error().what;
}

Task<void> close_while_accepting(EventLoop& loop, std::string& error) {
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({"127.0.0.1", 0});
    Gate gate("acceptor");
    gate.spawn(accept_until_closed(**listener, loop, error));
    co_await sleep_for(loop, 1ms);
    (*listener)->close();
    EXPECT_EQ(error, "");
    co_await gate.close();
    EXPECT_TRUE((*listener)->is_closed());
}

TEST(SocketListener, CloseEndsAWaitingAccept) {
    testing::LoopFixture on;
    std::string error;
    testing::run(on.loop, close_while_accepting(on.loop, error));
    EXPECT_NE(error.find("is closed"), std::string::npos) << error;
}

Task<void> accept_many(EventLoop& loop, Listener& listener, int count, int& accepted) {
    for (int i = 0; i < count; ++i) {
        const StreamResult stream = co_await listener.accept(loop);
        EXPECT_TRUE(stream.has_value());
        ++accepted;
    }
}

Task<void> burst(EventLoop& loop) {
    constexpr int count = 200;
    SocketNetwork network(loop);
    ListenerResult listener = network.listen({"127.0.0.1", 0});
    std::vector<std::unique_ptr<Stream>> clients;
    for (int i = 0; i < count; ++i) {
        StreamResult client = co_await network.connect((*listener)->local(), testing::patience);
        clients.push_back(std::move(*client));
    }
    int accepted = 0;
    Gate gate("acceptor");
    gate.spawn(accept_many(loop, **listener, count, accepted));
    EXPECT_EQ(accepted, 64) << "a burst keeps the loop from its other work";
    co_await gate.close();
    EXPECT_EQ(accepted, count);
}

TEST(SocketListener, ABurstLeavesRoomForOthers) {
    testing::LoopFixture on;
    testing::run(on.loop, burst(on.loop));
}

Task<void> serve_on(EventLoop& other, EventLoop& home, std::unique_ptr<Stream> stream, bool& was_there) {
    co_await other.enter();
    {
        const std::unique_ptr<Stream> mine = std::move(stream);
        co_await answer_in_capitals(*mine);
        was_there = other.is_current();
    }
    co_await home.enter();
}

Task<void> hand_over(EventLoop& home, EventLoop& other) {
    SocketNetwork network(home);
    ListenerResult listener = network.listen({"127.0.0.1", 0});
    StreamResult client = co_await network.connect((*listener)->local(), testing::patience);
    StreamResult server = co_await (*listener)->accept(other);
    bool was_there = false;
    Gate gate("server");
    gate.spawn(serve_on(other, home, std::move(*server), was_there));
    co_await write_all(**client, "hello");
    (*client)->shutdown_write();
    const ReadToEnd read = co_await read_upto(**client, 100);
    EXPECT_EQ(read.text, "HELLOBYE");
    co_await gate.close();
    EXPECT_TRUE(was_there);
}

TEST(SocketListener, AcceptsForTheLoopOfAnotherThread) {
    testing::LoopFixture home;
    testing::LoopFixture other;
    std::jthread thread([&other] { other.loop.run(); });
    testing::run(home.loop, hand_over(home.loop, other.loop));
    other.loop.stop();
}

class UnixSocket : public ::testing::Test {
  protected:
    UnixSocket() {
        std::string name = (std::filesystem::temp_directory_path() / "obrol-io-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        path_ = (folder_ / "control").string();
    }
    ~UnixSocket() override { std::filesystem::remove_all(folder_); }

    testing::LoopFixture on_;
    SocketNetwork network_{on_.loop};
    std::filesystem::path folder_;
    std::string path_;
};

Task<void> talk_over_path(EventLoop& loop, SocketNetwork& network, std::string path) {
    ListenerResult listener = network.listen_unix(path);
    EXPECT_TRUE(listener.has_value());
    StreamResult client = network.connect_unix(path);
    EXPECT_TRUE(client.has_value());
    StreamResult server = co_await (*listener)->accept(loop);
    EXPECT_EQ((*server)->peer_host(), "unix");
    Gate gate("server");
    gate.spawn(answer_in_capitals(**server));
    co_await write_all(**client, "hello");
    (*client)->shutdown_write();
    const ReadToEnd read = co_await read_upto(**client, 100);
    EXPECT_EQ(read.text, "HELLOBYE");
    co_await gate.close();
}

TEST_F(UnixSocket, Talks) {
    testing::run(on_.loop, talk_over_path(on_.loop, network_, path_));
}

TEST_F(UnixSocket, OnlyItsOwnerMayUseItAndClosingRemovesIt) {
    const mode_t before = ::umask(0);
    ListenerResult listener = network_.listen_unix(path_);
    ::umask(before);
    ASSERT_TRUE(listener.has_value());
    struct stat file {};
    ASSERT_EQ(::stat(path_.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777u, 0600u);
    (*listener)->close();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, ALiveOneIsAnErrorAStaleOneIsReplaced) {
    {
        // Left behind, as by a killed server.
        const Descriptor stale(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_GE(stale.get(), 0);
        const Result<SocketAddress> address = SocketAddress::from_path(path_);
        ASSERT_EQ(::bind(stale.get(), address->raw(), address->size), 0);
        ASSERT_EQ(::listen(stale.get(), 1), 0);
        const ListenerResult refused = network_.listen_unix(path_);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().what, "cannot listen on " + path_ + ": Address already in use");
    }
    EXPECT_TRUE(std::filesystem::exists(path_));
    EXPECT_TRUE(network_.listen_unix(path_).has_value());
}

TEST_F(UnixSocket, AnotherListenersFileIsLeftAlone) {
    ListenerResult first = network_.listen_unix(path_);
    std::filesystem::remove(path_);
    // The number of the removed file may be given again while nobody holds it; the listener does.
    ListenerResult second = network_.listen_unix(path_);
    ASSERT_TRUE(second.has_value());
    (*first)->close();
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocket, WrongPathsAreErrorsInPlainWords) {
    const std::string file = (folder_ / "file").string();
    { const Descriptor made(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
    EXPECT_EQ(network_.listen_unix(file).error().what,
              "cannot listen on " + file + ": the file exists and is not a socket");
    EXPECT_TRUE(std::filesystem::exists(file));
    const std::string nowhere = (folder_ / "none" / "control").string();
    EXPECT_EQ(network_.listen_unix(nowhere).error().what,
              "cannot listen on " + nowhere + ": No such file or directory");
    EXPECT_EQ(network_.connect_unix(path_).error().what, "cannot connect to " + path_ + ": No such file or directory");
    const std::string longest = (folder_ / std::string(107 - folder_.string().size() - 1, 'x')).string();
    EXPECT_TRUE(network_.listen_unix(longest).has_value());
    EXPECT_FALSE(network_.listen_unix(longest + "x").has_value());
}

}  // namespace
}  // namespace obrol
