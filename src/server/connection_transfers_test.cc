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

constexpr std::size_t chunk = 1000;
constexpr std::size_t socket_buffer = 64 * 1024;

// Every byte value, line ends included.
std::string bytes_of(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<char>(i * 7 + i / 256));
    return bytes;
}

ServerLimits small_chunks() {
    ServerLimits limits;
    limits.transfer_chunk_bytes = chunk;
    return limits;
}

struct ConnectionTransfersTest : ConnectionFixture {
    explicit ConnectionTransfersTest(const ServerLimits& its_limits = small_chunks()) : ConnectionFixture(its_limits) {}

    // However many bytes; what comes back meanwhile.
    std::string send_all(MemoryStream& stream, std::string_view bytes) {
        std::string heard;
        while (!bytes.empty()) {
            const std::string_view part = bytes.substr(0, socket_buffer);
            const iovec buffer{const_cast<char*>(part.data()), part.size()};
            bytes.remove_prefix(stream.writev({&buffer, 1}).bytes);
            heard += receive(stream);
        }
        return heard;
    }
    static std::string putting(std::size_t size) { return "put maya x " + std::to_string(size) + "\n"; }
    // The code of a file for maya, not an empty one.
    std::string put(MemoryStream& stream, std::string_view bytes) {
        EXPECT_EQ(ask(stream, putting(bytes.size())), "ready " + std::to_string(bytes.size()) + "\n");
        return code_in(send_all(stream, bytes) + receive(stream));
    }
    static std::string code_in(std::string answer) {
        EXPECT_TRUE(answer.starts_with("file ")) << answer;
        return answer.substr(5, 6);
    }
    std::string blob() const {
        const auto& blobs = parts.blobs.blobs().blobs;
        return blobs.size() == 1 ? blobs.begin()->second : "there are " + std::to_string(blobs.size());
    }
    bool is_nothing_left() const { return parts.blobs.blobs().blobs.empty() && parts.blobs.blobs().drafts.empty(); }
};

TEST_F(ConnectionTransfersTest, FilesOfEverySizeArriveAndRequestsGoOnBehindThem) {
    const auto messi = connect_as("messi");
    const auto maya = connect_as("maya");
    for (const std::size_t size : {std::size_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk + 7, 300 * chunk}) {
        const std::string bytes = bytes_of(size);
        EXPECT_EQ(ask(*messi, putting(size)), "ready " + std::to_string(size) + "\n");
        std::string answers = send_all(*messi, bytes + "bad\nsend maya hi\n");
        answers += receive(*messi);
        const std::string code = code_in(answers);
        EXPECT_NE(answers.find("\nunknown-command\nsent "), std::string::npos) << answers;
        EXPECT_EQ(ask(*maya, "get " + code + " 0\nbad\n"),
                  "bytes " + std::to_string(size) + "\n" + bytes + "unknown-command\n");
    }
}

TEST_F(ConnectionTransfersTest, FilesForOnesOwnFolderComeTheSameWay) {
    const auto messi = connect_as("messi");
    const std::string bytes = bytes_of(3 * chunk + 7);
    EXPECT_EQ(ask(*messi, "keep x " + std::to_string(bytes.size()) + "\n"),
              "ready " + std::to_string(bytes.size()) + "\n");
    EXPECT_EQ(send_all(*messi, bytes + "bad\n") + receive(*messi),
              "kept x " + std::to_string(bytes.size()) + "\nunknown-command\n");
    EXPECT_EQ(blob(), bytes);
}

TEST_F(ConnectionTransfersTest, AnEmptyFileNeedsNoByte) {
    const auto messi = connect_as("messi");
    const std::string answers = ask(*messi, putting(0) + "bad\n");
    ASSERT_TRUE(answers.starts_with("ready 0\nfile ")) << answers;
    EXPECT_TRUE(answers.ends_with("\nunknown-command\n"));
    const std::string code = answers.substr(13, 6);
    EXPECT_EQ(ask(*connect_as("maya"), "get " + code + " 0\nbad\n"), "bytes 0\nunknown-command\n");
}

TEST_F(ConnectionTransfersTest, BytesMayComeWithTheirRequestAndOneByOne) {
    for (const std::size_t read_bytes : {std::size_t{1}, std::size_t{7}, socket_buffer}) {
        const auto messi = connect({.read_bytes_max = read_bytes});
        const std::string bytes = bytes_of(2 * chunk + 1);
        const std::string answers = ask(*messi, "login messi\n" + putting(bytes.size()) + bytes + "bad\n");
        EXPECT_TRUE(answers.starts_with("hello messi\nready 2001\nfile ")) << answers;
        EXPECT_TRUE(answers.ends_with("\nunknown-command\n")) << answers;
        EXPECT_EQ(blob(), bytes);
    }
}

TEST_F(ConnectionTransfersTest, AnUploadMayBeFollowedByAHalfClose) {
    const auto messi = connect_as("messi");
    send(*messi, putting(3) + "abc");
    messi->shutdown_write();
    EXPECT_TRUE(receive(*messi).starts_with("ready 3\nfile "));
    EXPECT_TRUE(at_end(*messi));
    EXPECT_EQ(blob(), "abc");
}

TEST_F(ConnectionTransfersTest, BehindARefusalComesTheNextRequest) {
    const auto messi = connect_as("messi");
    EXPECT_EQ(ask(*messi, "put nobody x 4\nbad\n"), "user-not-found\nunknown-command\n");
    EXPECT_EQ(ask(*messi, "eput nobody x 4\nbad\nbad\n"), "user-not-found\nunknown-command\n") << "4 are dropped";
    EXPECT_EQ(ask(*messi, "eput nobody x 0\nbad\n"), "user-not-found\nunknown-command\n");
    EXPECT_EQ(ask(*messi, "eput nobody x 3000\n"), "user-not-found\n");
    EXPECT_EQ(ask(*messi, std::string(2999, '\n')), "");
    EXPECT_EQ(ask(*messi, "\nbad\n"), "unknown-command\n");
}

TEST_F(ConnectionTransfersTest, AnUploadThatIsCutAtAnyStepLeavesNothing) {
    const std::string request = putting(2 * chunk);
    const std::string whole = request + bytes_of(2 * chunk);
    for (std::size_t cut = request.size(); cut < whole.size(); cut += 333) {
        for (const bool is_reset : {false, true}) {
            const auto messi = connect_as("messi");
            send(*messi, whole.substr(0, cut));
            if (cut % 2 == 0) parts.executor.run_until_idle();
            is_reset ? messi->reset() : messi->close();
            parts.executor.run_until_idle();
            EXPECT_EQ(ended, started) << cut;
            EXPECT_TRUE(is_nothing_left()) << cut;
        }
    }
    const auto maya = connect_as("maya");
    EXPECT_EQ(ask(*maya, "inbox\n"), "inbox\n");
    put(*connect_as("messi"), "x");
}

TEST_F(ConnectionTransfersTest, AStalledUploadEndsAndASlowOneDoesNot) {
    const auto slow = connect_as("messi");
    const auto stalled = connect_as("maya");
    ask(*slow, putting(5));
    ask(*stalled, "put messi x 5\n");
    send(*stalled, "1234");
    for (int i = 0; i < 5; ++i) {
        send(*slow, "x");
        parts.executor.run_for(limits.transfer_stall_max - seconds(1));
    }
    code_in(receive(*slow));
    EXPECT_TRUE(at_end(*stalled));
    EXPECT_EQ(ended, 1);
}

TEST_F(ConnectionTransfersTest, AFullDiskIsSaidAfterTheLastByte) {
    parts.blobs.set_capacity(chunk);
    const auto messi = connect_as("messi");
    EXPECT_EQ(ask(*messi, putting(5 * chunk)), "ready 5000\n");
    EXPECT_EQ(send_all(*messi, bytes_of(5 * chunk - 1)), "");
    EXPECT_EQ(ask(*messi, "xbad\n"), "not-stored\nunknown-command\n");
    EXPECT_TRUE(is_nothing_left());
}

TEST_F(ConnectionTransfersTest, DownloadsBeginAtAnyOffset) {
    const std::string code = put(*connect_as("messi"), "0123456789");
    const auto maya = connect_as("maya");
    EXPECT_EQ(ask(*maya, "get " + code + " 7\nget " + code + " 10\nget " + code + " 11\n"),
              "bytes 3\n789bytes 0\nbad-file-size\n");
}

TEST_F(ConnectionTransfersTest, ASlowReaderHoldsOnePieceAndIsNotClosed) {
    const std::string bytes = bytes_of(100 * chunk);
    const std::string code = put(*connect_as("messi"), bytes);
    const auto maya = connect_as("maya", {.buffer_bytes = 500});
    send(*maya, "get " + code + " 0\nbad\n");
    parts.executor.run_for(seconds(30));
    EXPECT_EQ(parts.blobs.bytes_read(), chunk) << "no more than one piece before the client takes it";
    std::string got;
    while (got.size() < 100) {
        char buffer[50];
        got.append(buffer, maya->read_some(buffer).bytes);
        parts.executor.run_for(limits.write_stall_max - seconds(1));
    }
    EXPECT_LE(parts.blobs.bytes_read(), 2 * chunk);
    got += receive(*maya);
    EXPECT_EQ(got, "bytes 100000\n" + bytes + "unknown-command\n");
    EXPECT_EQ(ended, 1) << "messi's";
}

TEST_F(ConnectionTransfersTest, ADownloadThatNobodyTakesEnds) {
    const std::string code = put(*connect_as("messi"), bytes_of(100 * chunk));
    const auto maya = connect_as("maya", {.buffer_bytes = 500});
    send(*maya, "get " + code + " 0\n");
    parts.executor.run_for(limits.write_stall_max + seconds(1));
    EXPECT_EQ(ended, 2);
}

TEST_F(ConnectionTransfersTest, ADownloadIsCutWhenItsBlobCannotBeRead) {
    const std::string code = put(*connect_as("messi"), "0123456789");
    const auto maya = connect_as("maya");
    parts.blobs.fail_next_read("a bad sector");
    EXPECT_EQ(ask(*maya, "get " + code + " 0\n"), "bytes 10\n");
    EXPECT_TRUE(at_end(*maya));
    EXPECT_EQ(parts.logger.count(LogLevel::error, "a bad sector"), 1u);
}

TEST_F(ConnectionTransfersTest, EventsWaitForTheLastByteOfADownload) {
    const auto messi = connect_as("messi");
    const std::string bytes = bytes_of(3 * chunk);
    const std::string code = put(*messi, bytes);
    const auto maya = connect_as("maya", {.buffer_bytes = 300});
    ask(*maya, "listen\n");
    send(*maya, "get " + code + " 0\n");
    parts.executor.run_for(milliseconds(5));
    EXPECT_EQ(ask(*messi, "send maya one\nsend maya two\n"), "sent 2\nsent 3\n");
    EXPECT_EQ(receive(*maya), "bytes 3000\n" + bytes + "event 2 one\nevent 3 two\n");
    ask(*messi, "send maya three\n");
    EXPECT_EQ(receive(*maya), "event 4 three\n");
}

TEST_F(ConnectionTransfersTest, AnOfferWaitsForTheClient) {
    const std::string code = put(*connect_as("messi"), "0123456789");
    const auto maya = connect_as("maya");
    EXPECT_EQ(ask(*maya, "offer " + code + " 4\n"), "bytes 6\n");
    parts.executor.run_for(limits.transfer_stall_max - seconds(1));
    EXPECT_EQ(ask(*maya, "go\nbad\n"), "456789unknown-command\n");
    EXPECT_EQ(ask(*maya, "offer " + code + " 0\nbad\nget " + code + " 9\n"), "bytes 10\nunknown-command\nbytes 1\n9")
        << "another request ends it";
    EXPECT_EQ(ask(*maya, "go\n"), "");
    EXPECT_TRUE(at_end(*maya)) << "bytes that are not offered";
}

TEST_F(ConnectionTransfersTest, AnOfferEndsAfterAWhile) {
    const std::string code = put(*connect_as("messi"), "0123456789");
    const auto maya = connect_as("maya");
    ask(*maya, "offer " + code + " 0\n");
    parts.executor.run_for(limits.transfer_stall_max);
    EXPECT_EQ(ask(*maya, "bad\n"), "unknown-command\n");
    EXPECT_EQ(ask(*maya, "go\n"), "");
    EXPECT_TRUE(at_end(*maya));
}

TEST_F(ConnectionTransfersTest, AStopCutsUploadsAndLetsDownloadsEnd) {
    const auto messi = connect_as("messi");
    const std::string bytes = bytes_of(5 * chunk);
    const std::string code = put(*messi, bytes);
    const auto maya = connect_as("maya", {.buffer_bytes = 300});
    ask(*messi, putting(10));
    send(*messi, "12345");
    send(*maya, "get " + code + " 0\n");
    parts.executor.run_for(milliseconds(5));
    Gate stopping("stop");
    stopping.spawn(group.stop());
    EXPECT_EQ(receive(*maya), "bytes 5000\n" + bytes);
    EXPECT_TRUE(at_end(*messi));
    parts.executor.run_for(limits.linger_max);
    stopped = true;
    EXPECT_EQ(stopping.running(), 0u);
    EXPECT_TRUE(parts.blobs.blobs().drafts.empty());
}

TEST_F(ConnectionTransfersTest, AHundredUploadsAtOnceHoldAChunkEach) {
    std::vector<std::unique_ptr<MemoryStream>> streams;
    for (const char* name : {"messi", "maya"})
        for (int i = 0; i < 8; ++i)
            streams.push_back(connect_as(name));
    for (int user = 0; streams.size() < 100; ++user) {
        const std::string name = "user" + std::to_string(user);
        parts.add_user(name);
        for (int i = 0; i < 8 && streams.size() < 100; ++i)
            streams.push_back(connect_as(name));
    }
    // Beyond this, connections are closed.
    limits.memory_bytes_max = 100 * (chunk + 200);
    group.set_limits(limits);
    const std::string bytes = bytes_of(10 * chunk);
    for (const auto& stream : streams)
        EXPECT_EQ(ask(*stream, putting(bytes.size())), "ready 10000\n");
    for (std::size_t at = 0; at < bytes.size(); at += chunk / 2) {
        for (const auto& stream : streams)
            send(*stream, std::string_view(bytes).substr(at, chunk / 2));
        parts.executor.run_until_idle();
    }
    for (const auto& stream : streams)
        code_in(receive(*stream));
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(blob(), bytes) << "kept once";
}

struct LargeTransferTest : ConnectionTransfersTest {
    LargeTransferTest() : ConnectionTransfersTest(ServerLimits{}) {}
};

TEST_F(LargeTransferTest, SixtyFourMebibytesArriveByteExact) {
    const std::string bytes = bytes_of(std::size_t{64} * 1024 * 1024);
    const auto messi = connect_as("messi");
    const std::string code = put(*messi, bytes);
    EXPECT_TRUE(blob() == bytes);
    EXPECT_TRUE(ask(*connect_as("maya"), "get " + code + " 0\n") == "bytes 67108864\n" + bytes);
    EXPECT_EQ(ask(*messi, putting(bytes.size() + 1)), "file-too-large\n");
}

// Greetings and events, which share their rules with transfers.

struct PoliteConnectionTest : ConnectionTransfersTest {
    std::unique_ptr<MemoryStream> connect_to(const ToyKind& its_kind) {
        auto [near, far] = MemoryStream::make_pair(parts.executor, {});
        group.start(its_kind, std::move(far), parts.chat.connect("127.0.0.1"));
        ++started;
        return std::move(near);
    }
};

TEST_F(PoliteConnectionTest, GreetsOnlyWhoSaysNothingForAWhile) {
    ToyKind polite(true);
    polite.delay = milliseconds(200);
    const auto silent = connect_to(polite);
    const auto quick = connect_to(polite);
    const auto gone = connect_to(polite);
    EXPECT_EQ(ask(*quick, "b"), "");
    gone->close();
    parts.executor.run_for(milliseconds(194));
    EXPECT_EQ(receive(*silent), "");
    parts.executor.run_for(milliseconds(1));
    EXPECT_EQ(receive(*silent), "welcome\n");
    EXPECT_EQ(ask(*silent, "bad\n"), "unknown-command\n");
    parts.executor.run_for(seconds(1));
    EXPECT_EQ(receive(*quick), "");
    EXPECT_EQ(ask(*quick, "ad\n"), "unknown-command\n");
    EXPECT_EQ(ended, 1);
}

TEST_F(PoliteConnectionTest, EventsApartWaitForTheAnswerOfARequestUnderWay) {
    ToyKind apart;
    apart.apart = true;
    const auto maya = connect_to(apart);
    EXPECT_EQ(ask(*maya, "login maya\nlisten\n"), "hello maya\nunknown-command\n");
    const auto messi = connect_as("messi");
    ask(*messi, "send maya one\n");
    EXPECT_EQ(receive(*maya), "event 1 one\n");
    // Hashing takes a while.
    send(*maya, "login maya\n");
    parts.executor.run_until_idle();
    send(*messi, "send maya two\nsend maya three\n");
    EXPECT_EQ(receive(*maya), "");
    parts.executor.run_for(milliseconds(5));
    EXPECT_EQ(receive(*maya), "hello maya\nevent 2 two\nevent 3 three\n");
    EXPECT_EQ(ask(*maya, "put messi x 3\n"), "ready 3\n");
    ask(*messi, "send maya four\n");
    EXPECT_EQ(receive(*maya), "");
    const std::string answers = ask(*maya, "abc");
    EXPECT_TRUE(answers.starts_with("file ")) << answers;
    EXPECT_NE(answers.find("\nevent 4 four\n"), std::string::npos) << answers;
}

}  // namespace
}  // namespace obrol
