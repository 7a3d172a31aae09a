#include "wire/json_extent.h"

#include <array>

#include "base/check.h"

namespace obrol {
namespace {

// What JSON allows outside strings besides brackets and quotation marks: white space, separators, numbers and the
// letters of true, false and null.
constexpr auto plain_bytes = [] {
    std::array<bool, 256> allowed{};
    for (const char c : std::string_view(" \t\r\n,:+-.0123456789Eaeflnrstu"))
        allowed[static_cast<unsigned char>(c)] = true;
    return allowed;
}();

}  // namespace

JsonExtent::JsonExtent(std::size_t bytes_max, std::size_t depth_max)
    : bytes_max_(bytes_max), depth_max_(static_cast<std::uint8_t>(depth_max)) {
    OBROL_CHECK(depth_max >= 1 && depth_max <= depth_limit);
}

JsonExtent::Answer JsonExtent::next(std::string_view input) {
    const std::string_view window = input.substr(0, bytes_max_);
    OBROL_CHECK(window.size() >= scanned_);
    while (scanned_ < window.size()) {
        if (in_string_) {
            if (!scan_string(window)) return {Kind::malformed, 0};
            continue;
        }
        const Step step = scan_byte(window[scanned_]);
        if (step == Step::refused) return {Kind::malformed, 0};
        ++scanned_;
        if (step == Step::object_ended) {
            const std::size_t length = scanned_;
            scanned_ = 0;
            return {Kind::complete, length};
        }
    }
    // An unfinished object needs at least one byte more.
    return {scanned_ == bytes_max_ ? Kind::too_long : Kind::need_more, 0};
}

bool JsonExtent::scan_string(std::string_view window) {
    for (; scanned_ < window.size(); ++scanned_) {
        const char byte = window[scanned_];
        if (static_cast<unsigned char>(byte) < 0x20) return false;
        if (escaped_) {
            escaped_ = false;
        } else if (byte == '\\') {
            escaped_ = true;
        } else if (byte == '"') {
            in_string_ = false;
            ++scanned_;
            return true;
        }
    }
    return true;
}

JsonExtent::Step JsonExtent::scan_byte(char byte) {
    if (depth_ == 0 && byte != '{') return Step::refused;
    switch (byte) {
        case '{':
            return open(false);
        case '[':
            return open(true);
        case '}':
            return close(false);
        case ']':
            return close(true);
        case '"':
            in_string_ = true;
            return Step::go_on;
        default:
            return plain_bytes[static_cast<unsigned char>(byte)] ? Step::go_on : Step::refused;
    }
}

JsonExtent::Step JsonExtent::open(bool array) {
    if (depth_ == depth_max_) return Step::refused;
    ++depth_;
    arrays_ = arrays_ << 1 | (array ? 1u : 0u);
    return Step::go_on;
}

JsonExtent::Step JsonExtent::close(bool array) {
    if (((arrays_ & 1u) != 0) != array) return Step::refused;
    --depth_;
    arrays_ >>= 1;
    return depth_ == 0 ? Step::object_ended : Step::go_on;
}

}  // namespace obrol
