#include "dialects/line_dialect.h"

#include <algorithm>

#include "base/utf8.h"

namespace obrol {

Command LineDialect::refuse(ChatError why) {
    return Command{std::nullopt, Refuse{why, false}};
}

Decoded LineDialect::decode(std::string_view input) {
    const auto dropped = static_cast<std::size_t>(std::min<std::uint64_t>(to_drop_, input.size()));
    to_drop_ -= dropped;
    const Frame frame = framer_.next(input.substr(dropped));
    const std::size_t consumed = dropped + frame.consumed;
    switch (frame.kind) {
        case Frame::Kind::need_more:
            return {consumed, NeedMore{}};
        case Frame::Kind::too_long:
            return {consumed, refuse(ChatError::line_too_long)};
        case Frame::Kind::line:
            break;
    }
    if (!is_valid_utf8(frame.line) || has_nul(frame.line)) return {consumed, refuse(ChatError::bad_text)};
    return {consumed, parse(frame.line)};
}

}  // namespace obrol
