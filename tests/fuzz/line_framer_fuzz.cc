// Frames must not depend on the segmentation and must be what a plain reading of the rules gives.
// Input: one byte for the line limit, one that seeds the segmentation, then the stream.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "wire/line_framer.h"

namespace obrol {
namespace {

struct Read {
    std::vector<std::string> lines;
    // Indexes into `lines` before which an over-long line stood.
    std::vector<std::size_t> too_long_before;

    bool operator==(const Read&) const = default;
};

Read as_the_rules_say(std::string_view stream, std::size_t limit) {
    Read read;
    const auto judge = [&](std::string_view line, bool ended) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > limit) {
            read.too_long_before.push_back(read.lines.size());
        } else if (ended) {
            read.lines.emplace_back(line);
        }
    };
    for (std::size_t end = stream.find('\n'); end != std::string_view::npos; end = stream.find('\n')) {
        judge(stream.substr(0, end), true);
        stream.remove_prefix(end + 1);
    }
    judge(stream, false);
    return read;
}

// Offers the stream in pieces of sizes drawn from `seed`; 0: in one piece.
Read in_pieces(std::string_view stream, std::size_t limit, std::uint32_t seed) {
    Read read;
    LineFramer framer(limit);
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? stream.size() : 0;
    for (;;) {
        const Frame frame = framer.next(stream.substr(begin, end - begin));
        OBROL_CHECK(frame.consumed <= end - begin);
        begin += frame.consumed;
        if (frame.kind == Frame::Kind::line) read.lines.emplace_back(frame.line);
        if (frame.kind == Frame::Kind::too_long) read.too_long_before.push_back(read.lines.size());
        if (frame.kind != Frame::Kind::need_more) {
            OBROL_CHECK(frame.consumed > 0);
            continue;
        }
        // What waits for more is bounded: a line at the limit and half a line end.
        OBROL_CHECK(end - begin <= limit + 1);
        if (end == stream.size()) return read;
        seed = seed * 1664525 + 1013904223;
        end = std::min(stream.size(), end + 1 + (seed >> 24) % 7);
    }
}

}  // namespace

void fuzz_line_framer(std::string_view input) {
    if (input.size() < 2) return;
    const auto limit = static_cast<std::size_t>(static_cast<unsigned char>(input[0]));
    const std::uint32_t seed = static_cast<unsigned char>(input[1]) + 1u;
    const std::string_view stream = input.substr(2);
    const Read expected = as_the_rules_say(stream, limit);
    OBROL_CHECK(in_pieces(stream, limit, 0) == expected);
    OBROL_CHECK(in_pieces(stream, limit, seed) == expected);
}

}  // namespace obrol
