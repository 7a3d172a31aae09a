#include "wire/line_framer.h"

#include "base/check.h"

namespace obrol {
namespace {

std::string_view without_carriage_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

Frame LineFramer::next(std::string_view input) {
    std::size_t skipped = 0;
    if (skipping_) {
        const Frame rest = skip(input);
        if (skipping_) return rest;
        skipped = rest.consumed;
        input.remove_prefix(skipped);
    }
    OBROL_CHECK(input.size() >= scanned_);

    // Beyond the limit only a line end (CR LF) can make the line pass; further bytes cannot change the verdict.
    const std::string_view window = input.substr(0, line_bytes_max_ + 2);
    const std::size_t line_feed = window.find('\n', scanned_);
    if (line_feed == std::string_view::npos && without_carriage_return(window).size() <= line_bytes_max_) {
        scanned_ = window.size();
        return {Frame::Kind::need_more, skipped, {}};
    }
    scanned_ = 0;
    if (line_feed == std::string_view::npos) {
        skipping_ = true;
        return {Frame::Kind::too_long, skipped + window.size(), {}};
    }
    const std::size_t consumed = skipped + line_feed + 1;
    const std::string_view line = without_carriage_return(window.substr(0, line_feed));
    if (line.size() > line_bytes_max_) return {Frame::Kind::too_long, consumed, {}};
    return {Frame::Kind::line, consumed, line};
}

Frame LineFramer::skip(std::string_view input) {
    const std::size_t line_feed = input.find('\n');
    if (line_feed == std::string_view::npos) return {Frame::Kind::need_more, input.size(), {}};
    skipping_ = false;
    return {Frame::Kind::need_more, line_feed + 1, {}};
}

}  // namespace obrol
