#include "dialects/line_dialect.h"

#include "wire/utf8.h"

namespace obrol {

Command LineDialect::refuse(ChatError why) {
    return Command{std::nullopt, Refuse{why, false}};
}

Decoded LineDialect::decode(std::string_view input) {
    const Frame frame = framer_.next(input);
    switch (frame.kind) {
        case Frame::Kind::need_more:
            return {frame.consumed, NeedMore{}};
        case Frame::Kind::too_long:
            return {frame.consumed, refuse(ChatError::line_too_long)};
        case Frame::Kind::line:
            break;
    }
    if (!is_valid_utf8(frame.line) || has_nul(frame.line)) return {frame.consumed, refuse(ChatError::bad_text)};
    return {frame.consumed, parse(frame.line)};
}

}  // namespace obrol
