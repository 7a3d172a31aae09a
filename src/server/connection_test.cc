#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/connection_fixture.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct ConnectionTest : ConnectionFixture {};

TEST_F(ConnectionTest, AnswersByteAtATime) {
    const auto stream = connect({.read_bytes_max = 1});
    std::string answers;
    for (const char byte : std::string("login messi\nsend maya hi\nbad\n"))
        answers += ask(*stream, std::string(1, byte));
    EXPECT_EQ(answers, "hello messi\nsent 1\nunknown-command\n");
}

TEST_F(ConnectionTest, AnswersHundredsOfRequestsOfOneSegmentInOrder) {
    const auto stream = connect_as("messi");
    std::string requests;
    std::string expected;
    for (int i = 1; i <= 500; ++i) {
        requests += "send maya text " + std::to_string(i) + "\n";
        expected += "sent " + std::to_string(i) + "\n";
        if (i % 7 == 0) {
            requests += "bad\n";
            expected += "unknown-command\n";
        }
        if (i % 50 == 0) {
            requests += "inbox\n";
            expected += "inbox\n";
        }
    }
    EXPECT_EQ(ask(*stream, requests), expected);
}

TEST_F(ConnectionTest, ARequestThatWaitsSeesWhatCameBeforeIt) {
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "login maya\nsend maya note\ninbox\nlogout\nsend maya never\nlogin messi\n"),
              "hello maya\nsent 1\ninbox note\nbye\nnot-authorized\nhello messi\n");
}

TEST_F(ConnectionTest, PendingAnswersFollowAHalfCloseAndACutOffLineIsDropped) {
    const auto stream = connect_as("messi");
    send(*stream, "send maya one\nsend maya two\ninbox\nsend maya thr");
    stream->shutdown_write();
    EXPECT_EQ(receive(*stream), "sent 1\nsent 2\ninbox\n");
    EXPECT_TRUE(at_end(*stream));
    EXPECT_EQ(ended, 1) << "no lingering when the client has ended already";
    EXPECT_EQ(ask(*connect_as("maya"), "inbox\n"), "inbox one two\n");
}

TEST_F(ConnectionTest, GreetsFirstAndClosesAfterTheLastAnswer) {
    const ToyKind polite(true);
    auto [near, far] = MemoryStream::make_pair(parts.executor, {});
    group.start(polite, std::move(far), parts.chat.connect("127.0.0.1"));
    ++started;
    EXPECT_EQ(receive(*near), "welcome\n");
    EXPECT_EQ(ask(*near, "bad\nexit\nbad\n"), "unknown-command\nunknown-command\n");
    EXPECT_TRUE(at_end(*near));
    EXPECT_EQ(ended, 0) << "what the client still sends is read and dropped, so that the answer is not lost to a reset";
    near->close();
    parts.executor.run_until_idle();
    EXPECT_EQ(ended, 1);
}

TEST_F(ConnectionTest, AClientThatStaysAfterTheLastAnswerIsClosed) {
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "exit\n"), "unknown-command\n");
    parts.executor.run_for(limits.linger_max - milliseconds(10));
    EXPECT_EQ(ended, 0);
    parts.executor.run_for(milliseconds(10));
    EXPECT_EQ(ended, 1);
}

TEST_F(ConnectionTest, AClientThatNeverReadsStallsOnlyItselfAndIsClosedInTheEnd) {
    const auto deaf = connect({.buffer_bytes = 16 * 1024});
    const auto other = connect_as("maya");
    std::size_t accepted = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string_view request = "big 1000\n";
        const iovec buffer{const_cast<char*>(request.data()), request.size()};
        const IoResult result = deaf->writev({&buffer, 1});
        accepted += result.bytes;
        parts.executor.run_until_idle();
        if (result.bytes < request.size()) break;
    }
    // What fits: the output up to the pause, a socket buffer in each direction, and the bytes of the last read.
    const std::size_t answers_max = limits.output_pause_bytes + 16 * 1024 + 1000;
    EXPECT_LE(accepted, (answers_max / 1000 + 1) * 9 + 2 * 16 * 1024);
    EXPECT_EQ(ask(*other, "send messi hi\n"), "sent 1\n");
    parts.executor.run_for(limits.write_stall_max - seconds(1));
    EXPECT_EQ(ended, 0);
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(ask(*other, "bad\n"), "unknown-command\n");
}

TEST_F(ConnectionTest, ASlowReaderGetsEverythingAndIsNotClosed) {
    const auto slow = connect({.buffer_bytes = 1024});
    std::string got;
    for (int i = 0; i < 40; ++i) {
        send(*slow, "big 5000\n");
        parts.executor.run_for(limits.write_stall_max - seconds(1));
        char buffer[700];
        const IoResult result = slow->read_some(buffer);
        ASSERT_EQ(result.status, IoStatus::ok);
        got.append(buffer, result.bytes);
    }
    got += receive(*slow);
    EXPECT_EQ(got.size(), 40 * 5000u);
    EXPECT_EQ(ended, 0);
}

TEST_F(ConnectionTest, AnInboxThatTheKernelTookIsConfirmed) {
    ASSERT_EQ(ask(*connect_as("messi"), "send maya once\n"), "sent 1\n");
    const auto maya = connect_as("maya");
    EXPECT_EQ(ask(*maya, "inbox\ninbox\n"), "inbox once\ninbox\n");
}

TEST_F(ConnectionTest, AnInboxWhoseConnectionDiesFirstIsReleased) {
    const std::string text(5000, 't');
    ASSERT_EQ(ask(*connect_as("messi"), "send maya " + text + "\n"), "sent 1\n");
    auto maya = connect_as("maya", {.buffer_bytes = 1000});
    send(*maya, "inbox\n");
    parts.executor.run_until_idle();
    EXPECT_EQ(maya->incoming_bytes(), 1000u);
    maya->reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ended, 1 + 1);
    EXPECT_EQ(ask(*connect_as("maya"), "inbox\n"), "inbox " + text + "\n");
}

TEST_F(ConnectionTest, SoIsWhatIsFetchedOfOneConversation) {
    const std::string text(5000, 't');
    ASSERT_EQ(ask(*connect_as("messi"), "send maya " + text + "\n"), "sent 1\n");
    auto maya = connect_as("maya", {.buffer_bytes = 1000});
    send(*maya, "fetch messi\n");
    parts.executor.run_until_idle();
    maya->reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ask(*connect_as("maya"), "fetch messi\nfetch messi\n"), "fetched " + text + "\nfetched\n");
    parts.executor.run_for(std::chrono::seconds(1));
    const User reader = parts.run(parts.store.find_user("maya")).value().value();
    EXPECT_TRUE(parts.run(parts.store.unread(reader.id)).value().empty()) << "confirmed, and in the store";
}

TEST_F(ConnectionTest, AnInboxThatIsReadyAfterItsConnectionDiedIsReleased) {
    ASSERT_EQ(ask(*connect_as("messi"), "send maya once\n"), "sent 1\n");
    auto maya = connect_as("maya");
    send(*maya, "inbox\n");
    maya.reset();
    parts.executor.run_until_idle();
    EXPECT_EQ(ask(*connect_as("maya"), "inbox\n"), "inbox once\n");
}

TEST_F(ConnectionTest, AnExceptionEndsItsConnectionOnly) {
    const auto other = connect_as("maya");
    const auto stream = connect();
    EXPECT_EQ(ask(*stream, "bad\nthrow\nbad\n"), "");
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(parts.logger.count(LogLevel::error, "the toy broke"), 1u);
    EXPECT_EQ(ask(*other, "bad\n"), "unknown-command\n");
}

TEST_F(ConnectionTest, EventsReachListenersRenderedOnce) {
    const auto one = connect_as("maya");
    const auto two = connect_as("maya");
    const auto silent = connect_as("maya");
    ASSERT_EQ(ask(*one, "listen\n"), "unknown-command\n");
    ASSERT_EQ(ask(*two, "listen\n"), "unknown-command\n");
    EXPECT_EQ(ask(*connect_as("messi"), "send maya hi\n"), "sent 1\n");
    EXPECT_EQ(kind.rendered, 1u);
    EXPECT_EQ(receive(*one), "event 1 hi\n");
    EXPECT_EQ(receive(*two), "event 1 hi\n");
    EXPECT_EQ(receive(*silent), "");
    ASSERT_EQ(ask(*one, "mute\n"), "unknown-command\n");
    EXPECT_EQ(ask(*connect_as("messi"), "send maya again\n"), "sent 2\n");
    EXPECT_EQ(receive(*one), "");
    EXPECT_EQ(receive(*two), "event 2 again\n");
}

TEST_F(ConnectionTest, ALaggingListenerIsToldWhereToResume) {
    const auto slow = connect_as("maya", {.buffer_bytes = 500});
    ASSERT_EQ(ask(*slow, "listen\n"), "unknown-command\n");
    const auto messi = connect_as("messi");
    const std::string text(190, 't');
    for (int i = 1; i <= 50; ++i)
        ASSERT_EQ(ask(*messi, "send maya " + text + "\n"), "sent " + std::to_string(i) + "\n");
    // 500 bytes in the socket and 2000 in the queue, 200 or 201 for each event: then the first that was dropped.
    std::string expected;
    for (int i = 1; i <= 13; ++i)
        expected += "event " + std::to_string(i) + " " + text + "\n";
    EXPECT_EQ(receive(*slow), expected + "lagged 14\n");
    ASSERT_EQ(ask(*messi, "send maya back\n"), "sent 51\n");
    EXPECT_EQ(receive(*slow), "event 51 back\n");
}

TEST_F(ConnectionTest, AQuickListenerDoesNotLagHoweverMuchOneTurnBrings) {
    const auto quick = connect_as("maya");
    ASSERT_EQ(ask(*quick, "listen\n"), "unknown-command\n");
    std::string requests;
    std::string expected;
    for (int i = 1; i <= 100; ++i) {
        requests += "send maya " + std::string(200, 't') + "\n";
        expected += "event " + std::to_string(i) + " " + std::string(200, 't') + "\n";
    }
    ask(*connect_as("messi"), requests);
    EXPECT_EQ(receive(*quick), expected);
}

TEST_F(ConnectionTest, SoManyRequestsWaitForTheirAnswersAndTheNextIsReadLater) {
    limits.unanswered_max = 4;
    group.set_limits(limits);
    const auto stream = connect_as("messi");
    const auto decoded_of = [&](int requests) {
        const std::size_t before = kind.decoded;
        std::string sends;
        for (int i = 0; i < requests; ++i)
            sends += "send maya hi\n";
        send(*stream, sends);
        while (kind.decoded == before)
            parts.executor.step();
        return kind.decoded - before;
    };
    EXPECT_EQ(decoded_of(4), 4u);
    const std::string first = receive(*stream);
    EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 4);
    EXPECT_EQ(decoded_of(5), 4u);
    const std::string second = receive(*stream);
    EXPECT_EQ(std::count(second.begin(), second.end(), '\n'), 5) << "it was read once there was room";
}

TEST_F(ConnectionTest, WhereTooManyRequestsWaitTogetherEachConnectionGetsAnEqualPart) {
    limits.unanswered_together_max = 16;
    group.set_limits(limits);
    std::vector<std::unique_ptr<MemoryStream>> streams;
    for (int i = 0; i < 4; ++i)
        streams.push_back(connect_as(i % 2 == 0 ? "messi" : "maya"));
    // How many requests are taken at once when the connections send so many, in this order; all are answered then.
    const auto taken_of = [&](const std::vector<int>& sent) {
        const std::size_t before = kind.decoded;
        for (std::size_t i = 0; i < sent.size(); ++i) {
            for (int request = 0; request < sent[i]; ++request)
                send(*streams[i], "send maya hi\n");
        }
        parts.executor.step();
        const std::size_t taken = kind.decoded - before;
        for (std::size_t i = 0; i < sent.size(); ++i) {
            const std::string answers = receive(*streams[i]);
            EXPECT_EQ(std::count(answers.begin(), answers.end(), '\n'), sent[i])
                << "the rest is read once there is room";
        }
        return taken;
    };
    EXPECT_EQ(taken_of({16, 0, 0, 0}), 16u);
    EXPECT_EQ(taken_of({8, 8, 0, 0}), 16u);
    EXPECT_EQ(taken_of({5, 5, 5, 9}), 5u + 5u + 5u + 4u) << "of sixteen each of four may have four";
    EXPECT_EQ(taken_of({16, 9, 9, 9}), 16u + 4u + 1u + 1u) << "a quarter beyond it one";
    EXPECT_EQ(taken_of({16, 0, 0, 0}), 16u) << "who is answered has no part any more";
}

TEST_F(ConnectionTest, OutputUpToTheHardLimitIsKeptAndOneByteMoreEndsTheConnection) {
    limits.output_bytes_max = 50'000;
    group.set_limits(limits);
    const auto patient = connect({.buffer_bytes = 1000});
    EXPECT_EQ(ask(*patient, "big 51000\n").size(), 51'000u);
    const auto greedy = connect({.buffer_bytes = 1000});
    send(*greedy, "big 51001\n");
    parts.executor.run_until_idle();
    EXPECT_EQ(ended, 1);
}

struct MemoryTest : ConnectionTest {
    void SetUp() override {
        ConnectionTest::SetUp();
        limits.memory_bytes_max = 40'000;
        group.set_limits(limits);
    }
    // Leaves so many bytes of a request that has no end.
    std::unique_ptr<MemoryStream> connect_with(std::size_t bytes) {
        std::unique_ptr<MemoryStream> stream = connect();
        send(*stream, std::string(bytes, 'x'));
        parts.executor.run_until_idle();
        return stream;
    }
};

TEST_F(MemoryTest, AtTheLimitNobodyIsClosedAndPastItTheLargest) {
    const auto small = connect_with(10'000);
    const auto large = connect_with(20'000);
    const auto other = connect_with(10'000);
    EXPECT_EQ(receive(*large), "");
    const auto last = connect_with(20);
    EXPECT_EQ(receive(*large), "out-of-memory\n");
    EXPECT_TRUE(at_end(*large));
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max: 1 closed"), 1u);
    for (const auto& stream : {&small, &other, &last})
        EXPECT_EQ(ask(**stream, "\n"), "unknown-command\n") << "nobody else noticed";
}

TEST_F(MemoryTest, ClosesUntilThereIsRoomAgainAndLogsOneLine) {
    std::vector<std::unique_ptr<MemoryStream>> crowd;
    for (int i = 0; i < 100; ++i)
        crowd.push_back(connect_with(1000));
    std::size_t open = 0;
    for (const auto& stream : crowd)
        open += static_cast<std::size_t>(receive(*stream).empty());
    // At most what fits; at least what fits below the mark to which it is freed.
    EXPECT_LE(open, 40u);
    EXPECT_GE(open, 35u);
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 1u);
}

TEST_F(MemoryTest, WhoeverMovesStaysWhileOthersOnlyHold) {
    const auto holds = connect_with(10'000);
    const auto reads = connect({.buffer_bytes = 1000});
    send(*reads, "big 14000\n");
    parts.executor.run_until_idle();
    const auto take_some = [&] {
        char buffer[1000];
        return reads->read_some(buffer).bytes;
    };
    std::size_t got = 0;
    for (int i = 0; i < 3; ++i) {
        parts.executor.run_for(milliseconds(900));
        got += take_some();
        parts.executor.run_until_idle();
    }
    const auto last = connect_with(17'000);
    EXPECT_EQ(receive(*holds), "out-of-memory\n") << "the smallest, but it has not moved for a second";
    EXPECT_EQ(receive(*last), "");
    EXPECT_EQ(got + receive(*reads).size(), 14'000u);
}

TEST_F(MemoryTest, WhoeverCannotBeToldIsClosedWithoutAWord) {
    const auto deaf = connect({.buffer_bytes = 1000});
    send(*deaf, "big 39000\n");
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(ended, 0);
    const auto last = connect_with(2001);
    EXPECT_EQ(receive(*deaf).find("out-of-memory"), std::string::npos);
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(ask(*last, "\n"), "unknown-command\n");
}

TEST_F(MemoryTest, ShortOfMemoryPushesLagEarlier) {
    limits.push_pause_bytes = limits.output_pause_bytes = 100'000;
    limits.memory_bytes_max = 90'000;
    group.set_limits(limits);
    const auto slow = connect_as("maya", {.buffer_bytes = 500});
    ASSERT_EQ(ask(*slow, "listen\n"), "unknown-command\n");
    const auto holds = connect_with(65'000);
    const auto messi = connect_as("messi");
    const std::string text(1000, 't');
    for (int i = 1; i <= 30; ++i)
        ASSERT_EQ(ask(*messi, "send maya " + text + "\n"), "sent " + std::to_string(i) + "\n");
    const std::string got = receive(*slow);
    EXPECT_TRUE(got.ends_with("lagged 18\n")) << got.substr(got.size() - 20);
    EXPECT_EQ(ended, 0);
}

TEST_F(MemoryTest, ShortOfMemoryRequestsAreTakenOneAtATime) {
    const auto holds = connect_with(31'000);
    const auto stream = connect_as("messi");
    const std::size_t before = kind.decoded;
    send(*stream, "send maya one\nsend maya two\nbad\nsend maya three\n");
    while (kind.decoded == before)
        parts.executor.step();
    EXPECT_EQ(kind.decoded, before + 1);
    EXPECT_EQ(receive(*stream), "sent 1\nsent 2\nunknown-command\nsent 3\n");
}

TEST_F(MemoryTest, EventsThatManyConnectionsShareCountOnce) {
    std::vector<std::unique_ptr<MemoryStream>> listeners;
    for (int i = 0; i < 50; ++i) {
        listeners.push_back(connect_as("maya", {.buffer_bytes = 100}));
        ASSERT_EQ(ask(*listeners.back(), "listen\n"), "unknown-command\n");
    }
    const std::string text(1500, 't');
    ASSERT_EQ(ask(*connect_as("messi"), "send maya " + text + "\n"), "sent 1\n");
    for (const auto& listener : listeners)
        EXPECT_EQ(receive(*listener), "event 1 " + text + "\n");
    EXPECT_EQ(parts.logger.count(LogLevel::warning, "limits.memory_bytes_max"), 0u);
}

TEST_F(ConnectionTest, StopAnswersWhatIsUnderWayAndTakesNothingNew) {
    const auto idle = connect_as("maya");
    const auto busy = connect_as("messi");
    send(*busy, "send maya one\nsend maya two\n");
    parts.executor.step();
    parts.executor.step();
    Gate gate("test");
    gate.spawn(group.stop());
    send(*busy, "send maya three\n");
    EXPECT_EQ(receive(*idle), "");
    EXPECT_TRUE(at_end(*idle));
    EXPECT_EQ(receive(*busy), "sent 1\nsent 2\n");
    EXPECT_TRUE(at_end(*busy));
    parts.executor.run_for(limits.linger_max);
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(gate.running(), 0u);
    stopped = true;
}

TEST_F(ConnectionTest, StopDoesNotWaitForeverForAClientThatDoesNotRead) {
    const auto deaf = connect({.buffer_bytes = 100});
    send(*deaf, "big 5000\n");
    parts.executor.run_until_idle();
    Gate gate("test");
    gate.spawn(group.stop());
    parts.executor.run_for(limits.shutdown_grace - milliseconds(1));
    EXPECT_EQ(ended, 0);
    parts.executor.run_for(milliseconds(1));
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(gate.running(), 0u);
    stopped = true;
}

}  // namespace
}  // namespace obrol
