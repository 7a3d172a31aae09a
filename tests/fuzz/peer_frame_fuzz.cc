// A stream of frames of another server: what is cut out of it must not depend on the segmentation, and what is read is
// written again to the same bytes. Input: one byte that seeds the segmentation, then the stream.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "dialects/peer/frame.h"

namespace obrol {
namespace {

constexpr std::size_t frame_bytes_max = 300;

// What was cut out, one behind the other.
std::string cut_up(std::string_view stream, std::uint32_t seed) {
    std::string told;
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? stream.size() : 0;
    for (;;) {
        const CutFrame cut = cut_peer_frame(stream.substr(begin, end - begin), frame_bytes_max);
        if (cut.kind == CutFrame::Kind::too_large) return told + "too large";
        if (cut.kind == CutFrame::Kind::need_more) {
            if (end == stream.size()) return told;
            seed = seed * 1664525 + 1013904223;
            end = std::min(stream.size(), end + 1 + (seed >> 24) % 7);
            continue;
        }
        OBROL_CHECK(cut.consumed > 0 && cut.consumed <= end - begin);
        if (const auto frame = parse_peer_frame(cut.bytes)) {
            OBROL_CHECK(encode(*frame) == stream.substr(begin, cut.consumed));
            told += static_cast<char>('a' + frame->index());
        } else {
            told += '?';
        }
        begin += cut.consumed;
    }
}

}  // namespace

void fuzz_peer_frame(std::string_view input) {
    if (input.empty()) return;
    const std::string_view stream = input.substr(1);
    const std::uint32_t seed = static_cast<unsigned char>(input[0]) + 1u;
    OBROL_CHECK(cut_up(stream, seed) == cut_up(stream, 0));
}

}  // namespace obrol
