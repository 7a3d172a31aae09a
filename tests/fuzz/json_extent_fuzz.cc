// The extent of an object must not depend on the segmentation, and what the reader accepts it must find whole.
// Input: one byte that seeds the segmentation, then the stream.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/json_extent.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

using Kind = JsonExtent::Kind;

constexpr std::size_t bytes_max = 300;
constexpr std::size_t depth_max = 32;

JsonExtent::Answer in_pieces(std::string_view stream, std::uint32_t seed) {
    JsonExtent extent(bytes_max, depth_max);
    std::size_t end = 0;
    for (;;) {
        const JsonExtent::Answer answer = extent.next(stream.substr(0, end));
        if (answer.kind != Kind::need_more || end == stream.size()) return answer;
        seed = seed * 1664525 + 1013904223;
        end = std::min(stream.size(), end + 1 + (seed >> 24) % 7);
    }
}

std::string_view without_trailing_space(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

void fuzz_json_extent(std::string_view input) {
    if (input.empty()) return;
    const std::string_view stream = input.substr(1);
    const JsonExtent::Answer answer = JsonExtent(bytes_max, depth_max).next(stream);
    const JsonExtent::Answer piecewise = in_pieces(stream, static_cast<unsigned char>(input[0]));
    OBROL_CHECK(piecewise.kind == answer.kind && piecewise.length == answer.length);
    OBROL_CHECK(answer.kind == Kind::complete ? answer.length >= 2 && answer.length <= bytes_max : answer.length == 0);
    OBROL_CHECK(answer.kind != Kind::too_long || stream.size() >= bytes_max);
    OBROL_CHECK(answer.kind != Kind::need_more || stream.size() < bytes_max);

    const std::string_view text = without_trailing_space(stream);
    const bool object = text.starts_with('{');
    if (object && read_json(text, {.bytes_max = bytes_max, .depth_max = depth_max}))
        OBROL_CHECK(answer.kind == Kind::complete && answer.length == text.size());
    // An object cannot be whole before its matching brace: no shorter beginning may be good JSON either.
    if (answer.kind == Kind::complete)
        OBROL_CHECK(!read_json(stream.substr(0, answer.length - 1), {.bytes_max = bytes_max, .depth_max = depth_max}));
}

}  // namespace obrol
