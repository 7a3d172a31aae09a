#include "io/socket_network.h"

#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "io/descriptor.h"
#include "io/inline_work_queue.h"
#include "io/socket_testing.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;
using testing::ListenerResult;
using testing::StreamResult;

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

Task<void> dial_what_is_forbidden(EventLoop& loop) {
    InlineWorkQueue resolver(loop);
    SocketNetwork network(loop, &resolver,
                          [](const std::string& host) { return host != "127.0.0.1" && host != "::1"; });
    ListenerResult listener = network.listen({"127.0.0.1", 0});
    if (!listener) co_return;
    const std::uint16_t port = (*listener)->local().port;
    for (const char* const host : {"127.0.0.1", "localhost", "0x7f000001"}) {
        const Endpoint to{host, port};
        const StreamResult refused = co_await network.connect(to, testing::patience);
        EXPECT_FALSE(refused.has_value()) << host;
        if (refused) continue;
        EXPECT_EQ(refused.error().what, "cannot connect to " + to_string(to) + ": that address must not be dialled");
    }
}

TEST(SocketNetwork, WhatMustNotBeDialledIsNot) {
    testing::LoopFixture on;
    testing::run(on.loop, dial_what_is_forbidden(on.loop));
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

// A name server that says nothing: work that is kept until somebody lets it go.
class KeptWork final : public WorkQueue {
  public:
    void submit(Job work, Job done) override { kept_.emplace_back(std::move(work), std::move(done)); }
    void submit_from(Executor&, Job work, Job done) override { submit(std::move(work), std::move(done)); }
    void let_go() {
        for (auto& [work, done] : std::exchange(kept_, {})) {
            work();
            done();
        }
    }
    std::size_t count() const { return kept_.size(); }

  private:
    std::vector<std::pair<Job, Job>> kept_;
};

TEST(SocketNetwork, ANameThatIsNotFoundInTimeIsGivenUp) {
    testing::LoopFixture on;
    KeptWork queue;
    SocketNetwork network(on.loop, &queue);
    EXPECT_EQ(testing::run(on.loop, connect_error(network, {"127.1", 1}, 20ms)),
              "cannot resolve 127.1: no answer in time");
    EXPECT_EQ(queue.count(), 1u);
    queue.let_go();  // what comes later reaches nobody
    EXPECT_EQ(queue.count(), 0u);
}

}  // namespace
}  // namespace obrol
