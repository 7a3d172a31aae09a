#include "wire/line_framer.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace obrol {
namespace {

using Frames = std::vector<std::string>;

constexpr std::string_view too_long_mark = "<too long>";

static_assert(sizeof(LineFramer) <= 24, "every idle connection carries one");

// Feeds pieces the way a connection does: what was not consumed is offered again in front of the next piece.
class Reader {
  public:
    explicit Reader(std::size_t line_bytes_max) : framer_(line_bytes_max) {}

    void feed(std::string_view piece) {
        buffer_.append(piece);
        for (;;) {
            const Frame frame = framer_.next(buffer_);
            if (frame.kind == Frame::Kind::line) frames.emplace_back(frame.line);
            if (frame.kind == Frame::Kind::too_long) frames.emplace_back(too_long_mark);
            buffer_.erase(0, frame.consumed);
            if (frame.kind == Frame::Kind::need_more) return;
        }
    }
    const std::string& unconsumed() const { return buffer_; }

    Frames frames;

  private:
    LineFramer framer_;
    std::string buffer_;
};

Frames frames_of(std::string_view input, std::size_t line_bytes_max) {
    Reader reader(line_bytes_max);
    reader.feed(input);
    return reader.frames;
}

struct Case {
    std::string_view name;
    std::string_view input;
    Frames frames;
};

const Case cases[] = {
    {"nothing", "", {}},
    {"cut off", "auth", {}},
    {"line feed", "auth\n", {"auth"}},
    {"carriage return dropped", "auth\r\n", {"auth"}},
    {"one carriage return only", "auth\r\r\n", {"auth\r"}},
    {"carriage return as data", "a\rb\r\n\rc\n", {"a\rb", "\rc"}},
    {"empty lines", "\n\r\n\n", {"", "", ""}},
    {"blanks kept", " a  b \r\n", {" a  b "}},
    {"any byte is data", std::string_view("\0\xff\x80\t\n", 5), {std::string("\0\xff\x80\t", 4)}},
    {"several", "a\nbb\r\nccc\nrest", {"a", "bb", "ccc"}},
    {"at the limit", "12345678\n12345678\r\n", {"12345678", "12345678"}},
    {"over the limit", "123456789\n", {"<too long>"}},
    {"over the limit with carriage return", "123456789\r\n", {"<too long>"}},
    {"carriage return as the byte too many", "12345678\rx\nok\n", {"<too long>", "ok"}},
    {"two carriage returns at the limit", "12345678\r\r\nok\n", {"<too long>", "ok"}},
    {"goes on after it", "123456789abcdefghij\nok\n", {"<too long>", "ok"}},
    {"two in a row", "123456789abcdefghij\r\n123456789abcdefghij\nok\n", {"<too long>", "<too long>", "ok"}},
    {"reported before its end", "123456789", {"<too long>"}},
    {"not yet reported", "12345678\r", {}},
};

TEST(LineFramer, CutsLines) {
    for (const Case& c : cases)
        EXPECT_EQ(frames_of(c.input, 8), c.frames) << c.name;
}

TEST(LineFramer, GivesTheSameFramesForEverySegmentation) {
    for (const Case& c : cases) {
        for (std::size_t first = 0; first <= c.input.size(); ++first) {
            for (std::size_t second = first; second <= c.input.size(); ++second) {
                Reader reader(8);
                reader.feed(c.input.substr(0, first));
                reader.feed(c.input.substr(first, second - first));
                reader.feed(c.input.substr(second));
                EXPECT_EQ(reader.frames, c.frames) << c.name << " split at " << first << " and " << second;
            }
        }
        Reader bytewise(8);
        for (const char byte : c.input)
            bytewise.feed({&byte, 1});
        EXPECT_EQ(bytewise.frames, c.frames) << c.name << " byte by byte";
    }
}

TEST(LineFramer, CutsHundredsOfRequestsFromOneSegment) {
    std::string input;
    Frames expected;
    for (int i = 0; i < 500; ++i) {
        expected.push_back("send messi halo " + std::to_string(i));
        input += expected.back() + (i % 2 == 0 ? "\n" : "\r\n");
    }
    EXPECT_EQ(frames_of(input, 64), expected);
}

TEST(LineFramer, LimitHoldsToTheByte) {
    for (const std::size_t limit : {0u, 1u, 7u, 65536u}) {
        const std::string fits(limit, 'x');
        const std::string exceeds(limit + 1, 'x');
        for (const std::string_view end : {"\n", "\r\n"}) {
            EXPECT_EQ(frames_of(fits + std::string(end), limit), Frames{fits});
            EXPECT_EQ(frames_of(exceeds + std::string(end), limit), Frames{std::string(too_long_mark)});
        }
    }
}

TEST(LineFramer, ReportsAsSoonAsTheLimitIsExceededAndHoldsNothingOfTheRest) {
    Reader reader(4);
    reader.feed("12345");
    EXPECT_EQ(reader.frames, Frames{std::string(too_long_mark)});
    for (int i = 0; i < 10; ++i) {
        reader.feed("more of the same line");
        EXPECT_EQ(reader.unconsumed(), "");
    }
    EXPECT_EQ(reader.frames.size(), 1u);
    reader.feed("end\nok\npart");
    EXPECT_EQ(reader.frames, (Frames{std::string(too_long_mark), "ok"}));
    EXPECT_EQ(reader.unconsumed(), "part");
}

TEST(LineFramer, LineEndsInsideTheInput) {
    const std::string input = "one\r\ntwo";
    LineFramer framer(8);
    const Frame frame = framer.next(input);
    EXPECT_EQ(frame.kind, Frame::Kind::line);
    EXPECT_EQ(frame.consumed, 5u);
    EXPECT_EQ(frame.line.data(), input.data());
    EXPECT_EQ(frame.line.size(), 3u);
}

TEST(LineFramer, DoesNotLookAtBytesTwice) {
    LineFramer framer(100);
    EXPECT_EQ(framer.next("abcdef").kind, Frame::Kind::need_more);
    // A framer that scanned from the start again would find the line feeds put in behind its back.
    EXPECT_EQ(framer.next("\n\n\n\n\n\nghi").kind, Frame::Kind::need_more);
    EXPECT_EQ(framer.next("\n\n\n\n\n\n\n\n\n\n").line.size(), 9u);
}

}  // namespace
}  // namespace obrol
