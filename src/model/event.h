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

// Somebody with whom one shares a direct conversation came online or went offline.
struct PresenceEvent {
    UserCard user;
    bool online = false;
};

// `reader` has read the conversation with `with` up to there.
struct ReadEvent {
    ConversationId conversation;
    Seq upto;
    UserCard reader;
    UserCard with;
};

// The connection's own login ended without its doing; there are no further events for it.
struct SessionEndedEvent {};

using Event = std::variant<MessageEvent, LaggedEvent, PresenceEvent, ReadEvent, SessionEndedEvent>;

}  // namespace obrol
