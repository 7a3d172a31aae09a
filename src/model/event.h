// What live connections hear without asking, after it was committed.
#pragma once

#include <optional>
#include <variant>

#include "base/compiled_once.h"
#include "model/bounce.h"
#include "model/entry.h"
#include "model/group.h"
#include "model/server.h"
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

// An entry of kind `bounce`: what the user wrote to somebody on another server is late, or will never arrive.
struct BounceEvent {
    LogEntry entry;
    UserCard to;                                    // of a direct message
    std::optional<GroupCard> group = std::nullopt;  // of a post
    BounceNote note;
};

// A stranger on another server has written for the first time.
struct RequestEvent {
    UserCard from;
};

// A link to another server came up or went down, or one that claimed to be it was refused; for those who may add
// servers.
struct ServerEvent {
    std::string label;
    LinkState state = LinkState::idle;
    std::optional<ChatError> refused = std::nullopt;  // why
};

// The connection's own login ended without its doing; there are no further events for it.
struct SessionEndedEvent {};

using Event = CompiledOnce<std::variant<MessageEvent, LaggedEvent, PresenceEvent, ReadEvent, SessionEndedEvent,
                                        GroupEvent, BounceEvent, RequestEvent, ServerEvent>>;

}  // namespace obrol
