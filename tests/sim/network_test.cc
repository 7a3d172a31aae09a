#include "tests/sim/network.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/timer.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SimulatedNetworkTest : public testing::Test {
  protected:
    SimulatedNetworkTest() { listen(); }
    ~SimulatedNetworkTest() override { listener_.reset(); }

    void listen() {
        auto listener = network_.host("server").listen({"", 80});
        ASSERT_TRUE(listener);
        listener_ = std::move(*listener);
        tasks_.spawn(accept(*this));
    }
    static Task<void> accept(SimulatedNetworkTest& test) {
        for (;;) {
            Result<std::unique_ptr<Stream>> stream = co_await test.listener_->accept(test.executor_);
            if (!stream) co_return;
            test.accepted_ = std::move(*stream);
        }
    }
    static Task<void> connect(SimulatedNetworkTest& test, std::uint16_t port) {
        const Endpoint to{"server", port};
        auto connecting = test.network_.host("home").connect(to, seconds(1));
        Result<std::unique_ptr<Stream>> stream = co_await std::move(connecting);
        if (stream) {
            test.connected_ = std::move(*stream);
        } else {
            test.refusal_ = stream.error().what;
        }
    }
    void connect(std::uint16_t port = 80) {
        tasks_.spawn(connect(*this, port));
        executor_.run_for(seconds(2));
    }
    static IoResult write(Stream& stream, std::string text) {
        const iovec buffer{text.data(), text.size()};
        return stream.writev(std::span(&buffer, 1));
    }
    // Everything there is now; the status that ended it.
    static std::pair<std::string, IoStatus> read(Stream& stream) {
        std::string text;
        for (;;) {
            char buffer[512];
            const IoResult result = stream.read_some(buffer);
            if (result.status != IoStatus::ok) return {text, result.status};
            text.append(buffer, result.bytes);
        }
    }

    DeterministicExecutor executor_{3};
    SeededRandom random_{3};
    Trace trace_{executor_.clock(), 100};
    SimulatedNetwork network_{executor_, random_, trace_, {}};
    Gate tasks_{"tasks of the test"};
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<Stream> connected_;
    std::unique_ptr<Stream> accepted_;
    std::string refusal_;
};

TEST_F(SimulatedNetworkTest, BytesArriveInOrderAndLater) {
    connect();
    ASSERT_TRUE(connected_ && accepted_);
    EXPECT_EQ(accepted_->peer_host(), "10.0.0.2");
    std::string sent;
    std::string received;
    int pieces = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string text = "line " + std::to_string(i) + "\n";
        ASSERT_EQ(write(*connected_, text).bytes, text.size());
        sent += text;
        if (i == 0) {
            EXPECT_EQ(read(*accepted_).second, IoStatus::would_block);
        }
        executor_.run_for(std::chrono::microseconds(300));
        const std::string piece = read(*accepted_).first;
        if (!piece.empty() && piece.back() != '\n') ++pieces;
        received += piece;
    }
    executor_.run_for(seconds(1));
    received += read(*accepted_).first;
    EXPECT_EQ(received, sent);
    EXPECT_GT(pieces, 0) << "never cut within a line";
}

TEST_F(SimulatedNetworkTest, BuffersAreBounded) {
    connect();
    std::size_t taken = 0;
    for (;;) {
        const IoResult result = write(*connected_, std::string(10'000, 'x'));
        if (result.status == IoStatus::would_block) break;
        ASSERT_EQ(result.status, IoStatus::ok);
        taken += result.bytes;
        ASSERT_LT(taken, 1'000'000u);
    }
    bool is_writable = false;
    struct Wait {
        static Task<void> run(Stream& stream, bool& flag) {
            co_await stream.wait_writable();
            flag = true;
        }
    };
    tasks_.spawn(Wait::run(*connected_, is_writable));
    executor_.run_for(seconds(1));
    EXPECT_FALSE(is_writable) << "nobody has read";
    EXPECT_EQ(read(*accepted_).first.size(), taken);
    executor_.run_for(seconds(1));
    EXPECT_TRUE(is_writable);
}

TEST_F(SimulatedNetworkTest, HalfCloseLetsTheAnswerThrough) {
    connect();
    write(*connected_, "question");
    connected_->shutdown_write();
    EXPECT_EQ(write(*connected_, "more").status, IoStatus::closed);
    executor_.run_for(seconds(1));
    const auto [question, end] = read(*accepted_);
    EXPECT_EQ(question, "question");
    EXPECT_EQ(end, IoStatus::closed);
    write(*accepted_, "answer");
    accepted_->close();
    executor_.run_for(seconds(1));
    const auto [answer, after] = read(*connected_);
    EXPECT_EQ(answer, "answer");
    EXPECT_EQ(after, IoStatus::closed);
}

TEST_F(SimulatedNetworkTest, ClosingWithUnreadInputResets) {
    connect();
    write(*connected_, "unread");
    executor_.run_for(seconds(1));
    accepted_->close();
    executor_.run_for(seconds(1));
    EXPECT_EQ(read(*connected_).second, IoStatus::failed);
    EXPECT_EQ(write(*connected_, "more").status, IoStatus::failed);
}

TEST_F(SimulatedNetworkTest, ASplitStallsUntilItHeals) {
    connect();
    network_.split("home", "server");
    write(*connected_, "waits");
    executor_.run_for(seconds(30));
    EXPECT_EQ(read(*accepted_).first, "");
    network_.heal("server", "home");
    executor_.run_for(seconds(1));
    EXPECT_EQ(read(*accepted_).first, "waits");

    network_.split("home", "server");
    connected_.reset();
    connect();
    EXPECT_EQ(refusal_, "cannot connect to server:80: Connection timed out");
    network_.heal_all();
    connect();
    EXPECT_TRUE(connected_);
}

TEST_F(SimulatedNetworkTest, ADelayIsAddedAndTakenAway) {
    connect();
    network_.delay("server", "home", milliseconds(500));
    write(*connected_, "late");
    executor_.run_for(milliseconds(499));
    EXPECT_EQ(read(*accepted_).first, "");
    executor_.run_for(milliseconds(10));
    EXPECT_EQ(read(*accepted_).first, "late");
}

TEST_F(SimulatedNetworkTest, AResetLosesWhatIsUnderWay) {
    connect();
    write(*connected_, "lost");
    network_.reset("server", "home");
    EXPECT_EQ(write(*connected_, "more").status, IoStatus::failed);
    executor_.run_for(seconds(1));
    const auto [text, status] = read(*accepted_);
    EXPECT_EQ(text, "");
    EXPECT_EQ(status, IoStatus::failed);
}

TEST_F(SimulatedNetworkTest, ATruncatedConnectionEndsAtAByte) {
    connect();
    network_.truncate("server", "home");
    const std::string text(1500, 'x');
    EXPECT_EQ(write(*connected_, text).bytes, text.size()) << "it seems to be on its way";
    executor_.run_for(seconds(1));
    const auto [arrived, status] = read(*accepted_);
    EXPECT_LT(arrived.size(), 1000u);
    EXPECT_EQ(arrived, text.substr(0, arrived.size()));
    EXPECT_EQ(status, IoStatus::closed);
    EXPECT_EQ(read(*connected_).second, IoStatus::closed) << "on both sides";
    EXPECT_EQ(write(*connected_, "more").status, IoStatus::closed);
    EXPECT_EQ(write(*accepted_, "more").status, IoStatus::closed);
}

TEST_F(SimulatedNetworkTest, ACrashedHostRefusesAndResets) {
    connect();
    write(*accepted_, "perhaps");
    network_.crash("server");
    EXPECT_TRUE(listener_->is_closed());
    EXPECT_EQ(read(*accepted_).second, IoStatus::failed);
    executor_.run_for(seconds(1));
    EXPECT_EQ(read(*connected_).second, IoStatus::failed);
    connect();
    EXPECT_EQ(refusal_, "cannot connect to server:80: Connection refused");
    listen();
    accepted_.reset();
    connect();
    EXPECT_TRUE(accepted_) << "it is up again";
}

TEST_F(SimulatedNetworkTest, OnePortHasOneListener) {
    const auto second = network_.host("server").listen({"", 80});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().what, "cannot listen on server:80: Address already in use");
    const auto free = network_.host("server").listen({"", 0});
    ASSERT_TRUE(free);
    EXPECT_NE((*free)->local().port, 0);
    connect(81);
    EXPECT_EQ(refusal_, "cannot connect to server:81: Connection refused");
}

TEST_F(SimulatedNetworkTest, TheTapHearsWhatTheAcceptingSideWrites) {
    std::string heard;
    network_.set_tap([&](SimulatedNetwork::ConnectionNumber, const std::string& host, std::string_view bytes) {
        heard += host + ":" + std::string(bytes);
    });
    connect();
    write(*connected_, "question");
    write(*accepted_, "answer");
    EXPECT_EQ(heard, "server:answer");
    EXPECT_EQ(SimulatedNetwork::number_of(*connected_), SimulatedNetwork::number_of(*accepted_));
}

}  // namespace
}  // namespace obrol
