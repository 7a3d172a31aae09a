#include "model/bounce.h"

#include "model/body_words.h"

namespace obrol {
namespace {

constexpr std::string_view failed = "failed";
constexpr std::string_view delayed = "delayed";

}  // namespace

std::string encode(const BounceNote& note) {
    std::string body(note.is_final ? failed : delayed);
    body.append(" ").append(note.id.to_string()).append(" ").append(to_string(note.why));
    if (!note.group.empty()) body.append(" ").append(note.group);
    return body;
}

std::optional<BounceNote> parse_bounce_note(std::string_view body) {
    const std::string_view verdict = take_word(body);
    const std::optional<Uuid> id = Uuid::parse(take_word(body));
    const std::optional<ChatError> why = parse_chat_error(take_word(body));
    if ((verdict != failed && verdict != delayed) || !id || !why) return std::nullopt;
    return BounceNote{*id, verdict == failed, *why, std::string(body)};
}

}  // namespace obrol
