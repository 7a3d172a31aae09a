#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "client/session/server_session.h"
#include "tests/support/scripted_server.h"
#include "wire/words.h"

namespace obrol {
namespace {

using std::chrono::seconds;
using Loss = ServerSession::Loss;

constexpr std::size_t piece_bytes = 64 * 1024;

// Answers are lines: "ready", "stored CODE", "file SIZE OFFSET", "no"; "welcome" is a greeting.
class FileLines final : public ClientDialect {
  public:
    void encode_request(const Command& command, std::string& out) override {
        if (const auto* send = std::get_if<SendFile>(&command.body))
            out += fmt::format("put {} {}\n", send->name, send->size);
        else if (const auto* get = std::get_if<GetFile>(&command.body))
            out += fmt::format("get {} {}\n", get->code, get->offset);
        else
            out += "ping\n";
    }
    Result<DecodedAnswer> decode_answer(std::string_view input) override {
        const std::size_t end = input.find('\n');
        if (end == std::string_view::npos) return DecodedAnswer{};
        WordReader words(input.substr(0, end));
        const std::string_view word = words.next_word().value_or("");
        const auto number = [&words] {
            const std::string_view digits = words.next_word().value_or("");
            std::uint64_t value = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
            return value;
        };
        if (word == "welcome") return DecodedAnswer{end + 1, std::nullopt};
        if (word == "ready") return DecodedAnswer{end + 1, UploadReady{}};
        if (word == "no") return DecodedAnswer{end + 1, Refused{ChatError::unknown_file}};
        if (word == "stored") {
            FileSent sent;
            sent.file.code = words.next_word().value_or("");
            return DecodedAnswer{end + 1, sent};
        }
        if (word == "file") {
            FileOffered offered;
            offered.file.size = number();
            offered.offset = number();
            return DecodedAnswer{end + 1, offered};
        }
        return fail("nonsense");
    }
};

struct TextSource final : FileSource {
    explicit TextSource(std::string text) : left(std::move(text)) {}
    Result<std::size_t> read(std::span<char> into) override {
        if (broken) return fail("Input/output error");
        largest = std::max(largest, into.size());
        const std::size_t count = std::min(into.size(), left.size());
        std::copy_n(left.begin(), count, into.begin());
        left.erase(0, count);
        return count;
    }

    std::string left;
    std::size_t largest = 0;
    bool broken = false;
};

struct TextSink final : FileSink {
    Result<void> begin(const FileOffered& offered) override {
        begun = offered;
        text.resize(offered.offset);
        if (full) return fail("No space left on device");
        return {};
    }
    Result<void> write(std::string_view bytes) override {
        if (text.size() + bytes.size() > room) return fail("No space left on device");
        text += bytes;
        return {};
    }

    std::optional<FileOffered> begun;
    std::string text;
    bool full = false;
    std::size_t room = 1 << 30;
};

struct Watcher final : ServerSession::Observer {
    void on_sent(const Command&, std::string_view text) override { sent += text; }
    void on_lost(Loss loss) override { losses.push_back(loss); }
    void on_connected_again() override {}

    std::string sent;
    std::vector<Loss> losses;
};

class ServerSessionFilesTest : public ::testing::Test {
  protected:
    ~ServerSessionFilesTest() override {
        tasks.spawn(close(session));
        executor.run_for(seconds(1));
        EXPECT_EQ(tasks.running(), 0u);
    }

    static Task<void> close(ServerSession& session) { co_await session.close(); }
    static Task<void> connect(ServerSession& session) { EXPECT_TRUE(co_await session.connect()); }
    static Task<void> keep_sent(ServerSession& session, Command command, FileSource& file,
                                std::optional<ServerSession::Exchange>& result) {
        result.emplace(co_await session.send_file(std::move(command), file));
    }
    static Task<void> keep_got(ServerSession& session, Command command, FileSink& file,
                               std::optional<ServerSession::Exchange>& result) {
        result.emplace(co_await session.get_file(std::move(command), file));
    }

    void connect() {
        tasks.spawn(connect(session));
        executor.run_until_idle();
    }
    void send(TextSource& file, std::uint64_t size) {
        exchange.reset();
        SendFile request;
        request.name = "a.png";
        request.size = size;
        tasks.spawn(keep_sent(session, Command{std::nullopt, request}, file, exchange));
        executor.run_until_idle();
    }
    void get(TextSink& file, std::uint64_t offset = 0) {
        exchange.reset();
        GetFile request;
        request.code = "c0ffee";
        request.offset = offset;
        tasks.spawn(keep_got(session, Command{std::nullopt, request}, file, exchange));
        executor.run_until_idle();
    }
    static ServerSession::Options options() {
        ServerSession::Options options;
        options.server = {"server.example", 8000};
        options.make_dialect = []() -> std::unique_ptr<ClientDialect> { return std::make_unique<FileLines>(); };
        return options;
    }
    template <class Kind>
    const Kind* ended_as() const {
        return exchange ? std::get_if<Kind>(&*exchange) : nullptr;
    }
    template <class Kind>
    bool answered_with() const {
        const auto* answered = ended_as<ServerSession::Answered>();
        return answered && std::holds_alternative<Kind>(answered->reply);
    }

    DeterministicExecutor executor{1};
    SeededRandom random{1};
    ScriptedServer server{executor};
    Watcher watcher;
    ServerSession session{{server, executor, random}, options(), watcher};
    std::optional<ServerSession::Exchange> exchange;
    Gate tasks{"test"};
};

std::string every_byte(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 31 + i / 256);
    return bytes;
}

TEST_F(ServerSessionFilesTest, AGreetingIsPassedOverInAnyPiecesBeforeTheFirstRequestOnly) {
    connect();
    server.say("wel");
    server.say("come\n");
    EXPECT_TRUE(watcher.losses.empty());
    TextSink sink;
    get(sink);
    server.say("no\n");
    EXPECT_TRUE(answered_with<Refused>());
    server.say("welcome\n");
    EXPECT_EQ(watcher.losses, std::vector{Loss::unreadable_answer});
}

TEST_F(ServerSessionFilesTest, AGreetingMayComeTogetherWithTheFirstAnswer) {
    connect();
    TextSink sink;
    get(sink);
    server.say("welcome\nno\n");
    const auto* answered = ended_as<ServerSession::Answered>();
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, "no\n");
}

TEST_F(ServerSessionFilesTest, BytesAreSentOnceTheServerIsReady) {
    connect();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, piece_bytes, piece_bytes + 1, 10 * piece_bytes}) {
        TextSource source(every_byte(size));
        send(source, size);
        EXPECT_EQ(server.heard(), fmt::format("put a.png {}\n", size));
        server.say("ready\n");
        EXPECT_EQ(server.heard(), every_byte(size));
        EXPECT_FALSE(exchange);
        server.say("stored c0ffee\n");
        EXPECT_TRUE(answered_with<FileSent>()) << size;
        EXPECT_LE(source.largest, piece_bytes);
    }
    EXPECT_TRUE(watcher.losses.empty());
}

TEST_F(ServerSessionFilesTest, BothAnswersToAnEmptyFileMayComeAtOnce) {
    connect();
    for (int i = 0; i < 2; ++i) {
        TextSource source("");
        send(source, 0);
        server.say("ready\nstored c0ffee\n");
        EXPECT_TRUE(answered_with<FileSent>());
    }
    EXPECT_TRUE(watcher.losses.empty());
    TextSource source("abc");
    send(source, 3);
    server.say("ready\nno\n");
    EXPECT_TRUE(answered_with<Refused>());
    EXPECT_EQ(watcher.losses, std::vector{Loss::abandoned});
}

TEST_F(ServerSessionFilesTest, NoByteIsSentOfAFileThatIsRefused) {
    connect();
    TextSource source("abc");
    send(source, 3);
    server.heard();
    server.say("no\n");
    EXPECT_TRUE(answered_with<Refused>());
    EXPECT_EQ(server.heard(), "");
    EXPECT_EQ(source.left, "abc");
}

TEST_F(ServerSessionFilesTest, AnAnswerInTheMiddleOfAFileEndsItAndTheConnection) {
    connect();
    TextSource source(every_byte(10 * piece_bytes));
    send(source, 10 * piece_bytes);
    server.heard();
    server.say("ready\n");
    server.say("no\n");
    EXPECT_TRUE(answered_with<Refused>());
    EXPECT_EQ(watcher.losses, std::vector{Loss::abandoned});
}

TEST_F(ServerSessionFilesTest, AFileThatIsCutOffIsNotSentAndAWholeOneWithoutAnAnswerIsOfUnknownFate) {
    connect();
    TextSource large(every_byte(10 * piece_bytes));
    send(large, 10 * piece_bytes);
    server.heard();
    server.say("ready\n");
    server.hang_up();
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
    executor.run_for(seconds(1));
    TextSource small("abc");
    send(small, 3);
    server.say("ready\n");
    server.hang_up();
    EXPECT_TRUE(ended_as<ServerSession::FateUnknown>());
}

TEST_F(ServerSessionFilesTest, AFileThatIsShorterThanSaidOrCannotBeReadIsNotSent) {
    connect();
    TextSource shorter("abc");
    send(shorter, 4);
    server.say("ready\n");
    const auto* failed = ended_as<ServerSession::FileFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->error.what, "the file has become shorter");
    executor.run_for(seconds(1));
    TextSource broken("abc");
    broken.broken = true;
    send(broken, 3);
    server.say("ready\n");
    failed = ended_as<ServerSession::FileFailed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->error.what, "Input/output error");
    EXPECT_EQ(watcher.losses, (std::vector{Loss::abandoned, Loss::abandoned}));
    executor.run_for(seconds(1));
    EXPECT_EQ(session.connection_number(), 3u);
}

TEST_F(ServerSessionFilesTest, AServerThatTakesNothingMoreIsGivenUp) {
    connect();
    TextSource source(every_byte(10 * piece_bytes));
    send(source, 10 * piece_bytes);
    server.heard();
    server.say("ready\n");
    executor.run_for(seconds(59));
    EXPECT_FALSE(exchange);
    executor.run_for(seconds(2));
    EXPECT_TRUE(ended_as<ServerSession::NotSent>());
    EXPECT_EQ(watcher.losses, std::vector{Loss::no_answer});
}

TEST_F(ServerSessionFilesTest, BytesComeWholeInAnyPieces) {
    for (const std::size_t read_bytes : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
        server.stream_options.read_bytes_max = read_bytes;
        if (session.connection_number() == 0) {
            connect();
        } else {
            server.hang_up();
            executor.run_for(seconds(1));
        }
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{20'000}}) {
            TextSink sink;
            get(sink);
            server.say(fmt::format("file {} 0\n", size) + every_byte(size));
            EXPECT_TRUE(answered_with<FileOffered>()) << size;
            EXPECT_EQ(sink.text, every_byte(size));
            EXPECT_EQ(sink.begun->file.size, size);
        }
    }
}

TEST_F(ServerSessionFilesTest, TheTextOfAFilesAnswerIsItsHeaderAlone) {
    connect();
    TextSink sink;
    get(sink);
    server.say("file 2 0\nno");
    ASSERT_TRUE(answered_with<FileOffered>());
    EXPECT_EQ(ended_as<ServerSession::Answered>()->text, "file 2 0\n");
    EXPECT_EQ(sink.text, "no");
}

TEST_F(ServerSessionFilesTest, ABrokenDownloadKeepsWhatCameAndGoesOnFromThere) {
    connect();
    TextSink sink;
    get(sink);
    server.heard();
    server.say("file 6 0\nabc");
    server.hang_up();
    EXPECT_TRUE(ended_as<ServerSession::FateUnknown>());
    EXPECT_EQ(sink.text, "abc");
    executor.run_for(seconds(1));
    get(sink, 3);
    EXPECT_EQ(server.heard(), "get c0ffee 3\n");
    server.say("file 6 3\ndef");
    EXPECT_TRUE(answered_with<FileOffered>());
    EXPECT_EQ(sink.text, "abcdef");
}

TEST_F(ServerSessionFilesTest, AFileMayTakeAsLongAsItMovesOn) {
    connect();
    TextSink sink;
    get(sink);
    server.say("file 5 0\n");
    for (int i = 0; i < 4; ++i) {
        executor.run_for(seconds(50));
        server.say("x");
    }
    EXPECT_FALSE(exchange);
    executor.run_for(seconds(61));
    ASSERT_TRUE(ended_as<ServerSession::FateUnknown>());
    EXPECT_EQ(ended_as<ServerSession::FateUnknown>()->loss, Loss::no_answer);
}

TEST_F(ServerSessionFilesTest, AFileThatCannotBeWrittenEndsTheDownload) {
    connect();
    TextSink full;
    full.full = true;
    get(full);
    server.say("file 3 0\nabc");
    ASSERT_TRUE(ended_as<ServerSession::FileFailed>());
    EXPECT_EQ(ended_as<ServerSession::FileFailed>()->error.what, "No space left on device");
    executor.run_for(seconds(1));
    TextSink small;
    small.room = 2;
    get(small);
    server.say("file 3 0\nab");
    server.say("c");
    ASSERT_TRUE(ended_as<ServerSession::FileFailed>());
    EXPECT_EQ(watcher.losses, (std::vector{Loss::abandoned, Loss::abandoned}));
}

TEST_F(ServerSessionFilesTest, BytesBehindAFileThatNobodyAskedForEndTheConnection) {
    connect();
    TextSink sink;
    get(sink);
    server.say("file 2 0\nabx");
    EXPECT_TRUE(answered_with<FileOffered>());
    EXPECT_EQ(watcher.losses, std::vector{Loss::unreadable_answer});
    executor.run_for(seconds(1));
    get(sink);
    server.say("file 2 3\nab");
    EXPECT_TRUE(ended_as<ServerSession::FateUnknown>());
}

}  // namespace
}  // namespace obrol
