// One entry of a conversation's log (DESIGN section 4): an immutable header and a body that can be replaced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/ids.h"

namespace obrol {

// Stored as numbers: never renumber. Kinds this version does not know are stored, forwarded and skipped.
enum class EntryKind : std::uint8_t {
    message = 1,
    file = 2,
    edit = 3,
    remove = 4,  // "delete" on the wire
    reaction = 5,
    member = 6,
    bounce = 7,
    notice = 8,
};

// As native and the control socket call it: "message", "delete"; "unknown".
std::string_view to_string(EntryKind kind);

// Unread counts and the documented inboxes count these only.
constexpr bool counts_as_unread(EntryKind kind) {
    return kind == EntryKind::message || kind == EntryKind::file;
}

struct EntryHeader {
    Position position;
    ConversationId conversation;
    Seq seq;
    MessageId id;
    UserId sender;
    WallTime at{};
    EntryKind kind = EntryKind::message;
};

struct LogEntry {
    EntryHeader header;
    std::string body;     // a message: its text (UTF-8)
    bool erased = false;  // the body is gone for good, the header stays
};

}  // namespace obrol
