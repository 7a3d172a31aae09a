// What live connections hear without asking, after it was committed.
#pragma once

#include <variant>

#include "model/entry.h"
#include "model/user.h"

namespace obrol {

struct MessageEvent {
    LogEntry entry;
    UserCard from;
    UserCard to;
};

// Pushes were dropped because the connection did not read; catch up in the conversation log from `next`.
struct LaggedEvent {
    ConversationId conversation;
    Seq next;
};

using Event = std::variant<MessageEvent, LaggedEvent>;

}  // namespace obrol
