#include "server/control/control_server.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/chat_parts.h"
#include "tests/support/handed_listener.h"
#include "tests/support/memory_stream.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A control socket whose requests are answered with themselves: at once, after a second ("slow …"), with as many bytes
// as they say ("bytes 100"), or never ("throw").
struct ControlServerTest : testing::Test {
    ControlServerTest() {
        auto made = std::make_unique<HandedListener>();
        listener = made.get();
        server.listen(std::move(made));
    }
    ~ControlServerTest() override { parts.run(server.stop(seconds(5))); }

    Task<std::string> answer(std::string line) {
        answered.push_back(line);
        if (line.starts_with("slow")) co_await sleep_for(parts.executor, seconds(100));
        if (line == "throw") throw std::runtime_error("a part threw");
        if (line.starts_with("bytes ")) co_return std::string(std::stoul(line.substr(6)), 'x') + "\n";
        co_return "<" + line + ">\n";
    }

    std::unique_ptr<MemoryStream> connect(MemoryStream::Options options = {}) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, std::move(options));
        listener->hand(std::move(far));
        parts.executor.run_until_idle();
        return std::move(near);
    }
    void send(MemoryStream& stream, std::string_view bytes) {
        const iovec buffer{const_cast<char*>(bytes.data()), bytes.size()};
        ASSERT_EQ(stream.writev({&buffer, 1}).bytes, bytes.size());
        parts.executor.run_until_idle();
    }
    // Everything that can be read without time passing.
    std::string receive(MemoryStream& stream) {
        std::string all;
        char buffer[4096];
        for (;;) {
            parts.executor.run_until_idle();
            const IoResult result = stream.read_some(buffer);
            if (result.status != IoStatus::ok) return all;
            all.append(buffer, result.bytes);
        }
    }
    std::string ask(MemoryStream& stream, std::string_view bytes) {
        send(stream, bytes);
        return receive(stream);
    }
    bool is_over(MemoryStream& stream) {
        parts.executor.run_until_idle();
        char byte = 0;
        const IoStatus status = stream.read_some({&byte, 1}).status;
        return status == IoStatus::closed || status == IoStatus::failed;
    }

    ChatParts parts;
    HandedListener* listener = nullptr;
    std::vector<std::string> answered;
    ControlServer server{{parts.executor, parts.logger, [this](std::string line) { return answer(std::move(line)); }},
                         {.connections_max = 2, .line_bytes_max = 10, .idle_max = seconds(60)}};
};

TEST_F(ControlServerTest, AnswersEachLineInOrder) {
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "one\ntwo\r\nthr"), "<one>\n<two>\n");
    EXPECT_EQ(ask(*stream, "ee\n\n"), "<three>\n<>\n");
}

TEST_F(ControlServerTest, AnswersByteAtATime) {
    const auto stream = connect({.read_bytes_max = 1});
    EXPECT_EQ(ask(*stream, "one\ntwo\n"), "<one>\n<two>\n");
}

TEST_F(ControlServerTest, OneRequestOfAConnectionRunsAtATime) {
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "slow\nfast\n"), "");
    EXPECT_EQ(answered, (std::vector<std::string>{"slow"}));
    parts.executor.run_for(seconds(100));
    EXPECT_EQ(receive(*stream), "<slow>\n<fast>\n") << "waiting for an answer is not idling";
}

TEST_F(ControlServerTest, OtherConnectionsGoOnMeanwhile) {
    const auto waiting = connect();
    send(*waiting, "slow\n");
    EXPECT_EQ(ask(*connect(), "fast\n"), "<fast>\n");
}

TEST_F(ControlServerTest, ALineAtTheLimitPassesAndALongerOneIsRefusedAndSkipped) {
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "0123456789\n"), "<0123456789>\n");
    const std::string refused = ask(*stream, "01234567890 and much more\nnext\n");
    EXPECT_TRUE(refused.starts_with("{\"ok\":false,\"error\":\"line-too-long\"")) << refused;
    EXPECT_TRUE(refused.ends_with("<next>\n")) << refused;
    EXPECT_EQ(answered, (std::vector<std::string>{"0123456789", "next"}));
}

TEST_F(ControlServerTest, MoreConnectionsThanTheLimitAreToldSoAndTheFirstOnesStay) {
    const auto first = connect();
    auto second = connect();
    const auto third = connect();
    EXPECT_TRUE(receive(*third).starts_with("{\"ok\":false,\"error\":\"too-many-connections\""));
    EXPECT_TRUE(is_over(*third));
    EXPECT_EQ(ask(*first, "one\n"), "<one>\n");
    EXPECT_EQ(ask(*second, "two\n"), "<two>\n");
    second.reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ask(*connect(), "three\n"), "<three>\n");
}

TEST_F(ControlServerTest, WhoSaysNothingIsClosedAndMakesRoom) {
    const auto silent = connect();
    const auto half_open = connect();
    send(*half_open, "hal");
    parts.executor.run_for(seconds(59));
    send(*half_open, "f");
    parts.executor.run_for(seconds(2));
    EXPECT_TRUE(is_over(*silent));
    EXPECT_FALSE(is_over(*half_open)) << "it sent something meanwhile";
    EXPECT_EQ(ask(*connect(), "one\n"), "<one>\n");
    parts.executor.run_for(seconds(59));
    EXPECT_TRUE(is_over(*half_open));
}

TEST_F(ControlServerTest, WhoTakesNothingIsClosed) {
    const auto deaf = connect({.buffer_bytes = 100});
    send(*deaf, "bytes 1000\n");
    parts.executor.run_for(seconds(61));
    receive(*deaf);
    EXPECT_TRUE(is_over(*deaf));
}

TEST_F(ControlServerTest, AnAnswerLargerThanTheSocketsBufferArrivesWhole) {
    const auto stream = connect({.buffer_bytes = 100});
    EXPECT_EQ(ask(*stream, "bytes 5000\n"), std::string(5000, 'x') + "\n");
}

TEST_F(ControlServerTest, ARequestThatThrowsEndsItsConnectionOnly) {
    const auto other = connect();
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "throw\n"), "");
    EXPECT_TRUE(is_over(*stream));
    EXPECT_EQ(parts.logger.count(LogLevel::error, "control: a part threw"), 1u);
    EXPECT_EQ(ask(*other, "one\n"), "<one>\n");
}

TEST_F(ControlServerTest, TroubleWithAcceptingIsLoggedOnceAndSurvived) {
    for (int i = 0; i < 3; ++i)
        listener->hand(fail("too many open files"));
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(parts.logger.count(LogLevel::error, "too many open files"), 1u);
    EXPECT_EQ(ask(*connect(), "one\n"), "<one>\n");
}

TEST_F(ControlServerTest, AStopAnswersWhatIsUnderWayAndNothingElse) {
    const auto idle = connect();
    const auto busy = connect();
    send(*busy, "slow\nnever\n");
    parts.executor.run_for(seconds(98));
    parts.run(server.stop(seconds(5)));
    EXPECT_TRUE(listener->closed);
    EXPECT_TRUE(is_over(*idle));
    EXPECT_EQ(receive(*busy), "<slow>\n");
    EXPECT_TRUE(is_over(*busy));
    EXPECT_EQ(answered, (std::vector<std::string>{"slow"}));
}

TEST_F(ControlServerTest, AStopDoesNotWaitForWhoDoesNotRead) {
    const auto deaf = connect({.buffer_bytes = 100});
    send(*deaf, "bytes 1000\n");
    const MonotonicTime before = parts.executor.clock().monotonic_now();
    parts.run(server.stop(seconds(5)));
    EXPECT_EQ(parts.executor.clock().monotonic_now() - before, seconds(5));
}

}  // namespace
}  // namespace obrol
