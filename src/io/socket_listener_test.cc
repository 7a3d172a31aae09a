#include "io/socket_listener.h"

#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "io/descriptor.h"
#include "io/socket_testing.h"

namespace obrol {
namespace {

using namespace std::chrono_literals;
using testing::answer_in_capitals;
using testing::ListenerResult;
using testing::read_upto;
using testing::ReadToEnd;
using testing::StreamResult;
using testing::write_all;

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

}  // namespace
}  // namespace obrol
