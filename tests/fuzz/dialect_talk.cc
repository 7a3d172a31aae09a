#include "tests/fuzz/dialect_talk.h"

#include <algorithm>

#include "base/check.h"
#include "base/utf8.h"

namespace obrol {
namespace {

// Downloads are offered, so that what follows is read as a sign to begin; all else is refused for one reason or other.
Reply reply_to(const Command& command) {
    if (std::holds_alternative<GetFile>(command.body) || std::holds_alternative<GetFolderFile>(command.body))
        return FileOffered{1, {"4f2a9c", "a", 3, {}}, 0};
    const auto* refuse = std::get_if<Refuse>(&command.body);
    return Refused{refuse ? refuse->why : ChatError::busy, {}, false};
}

}  // namespace

std::string talk(const DialectKind& kind, std::string_view stream, std::uint32_t seed) {
    const auto dialect = kind.make();
    std::string told;
    std::size_t begin = 0;
    std::size_t end = seed == 0 ? stream.size() : 0;
    for (;;) {
        const Decoded decoded = dialect->decode(stream.substr(begin, end - begin));
        OBROL_CHECK(decoded.consumed <= end - begin);
        begin += decoded.consumed;
        if (std::holds_alternative<NeedMore>(decoded.outcome)) {
            if (end == stream.size()) return told;
            seed = seed * 1664525 + 1013904223;
            end = std::min(stream.size(), end + 1 + (seed >> 24) % 7);
            continue;
        }
        OBROL_CHECK(decoded.consumed > 0);
        if (std::holds_alternative<TransferReady>(decoded.outcome)) {
            told += "transfer\n";
            continue;
        }
        const auto& command = std::get<Command>(decoded.outcome);
        told += std::to_string(command.body.index());
        if (command.token) told += command.token->to_string();
        std::string answer;
        const NextStep next = dialect->encode(reply_to(command), answer);
        OBROL_CHECK(!answer.empty() && is_valid_utf8(answer));
        told += answer + '\n';
        if (next == NextStep::close) return told;
    }
}

}  // namespace obrol
