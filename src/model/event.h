// What live connections hear without asking, after it was committed.
#pragma once

#include <optional>
#include <variant>

#include "model/entry.h"
#include "model/group.h"
#include "model/user.h"

namespace obrol {

struct MessageEvent {
    LogEntry entry;  // kind message or file
    UserCard from;
    UserCard to;                                    // of a direct conversation
    std::optional<GroupCard> group = std::nullopt;  // of a group
};

// An entry of kind `member`: who belongs to the group, or what its members may do, has changed. Those who have left by
// it hear of it, too.
struct GroupEvent {
    LogEntry entry;
    UserCard from;
    GroupCard group;
    MemberNote note;
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

// `reader` has read the conversation up to there.
struct ReadEvent {
    ConversationId conversation;
    Seq upto;
    UserCard reader;
    UserCard with;                                  // of a direct conversation
    std::optional<GroupCard> group = std::nullopt;  // of a group
};

// The connection's own login ended without its doing; there are no further events for it.
struct SessionEndedEvent {};

using Event = std::variant<MessageEvent, LaggedEvent, PresenceEvent, ReadEvent, SessionEndedEvent, GroupEvent>;

}  // namespace obrol
