// Changes of groups and of contacts (see change.h). Every change of who belongs to a group, or of what its members may
// do, is written into the group's own log as an entry of kind `member`, whose sender is whoever did it; rights are
// decided in commit order.
//
// `id` is that of the first entry that a change writes; further ones get Uuid::sibling() of it.
//
// A group that is at home on another server is changed there: here such a change is refused with not_found (EnterGroup:
// unknown_group). One that waits for its recovery refuses with home_recovering. Users of other servers come by
// EnterGroup or AcceptInvitation (peer_changes.h); to FoundGroup and AddMembers they are unknown_recipient.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/boxed.h"
#include "model/chat_error.h"
#include "model/command.h"
#include "model/entry.h"
#include "model/group.h"
#include "model/server.h"
#include "storage/file_changes.h"
#include "storage/signatures.h"

namespace obrol {

// 0: no limit. They hold for those who would be added.
struct GroupLimits {
    std::size_t members_max = 0;  // of the group
    std::size_t groups_max = 0;   // of one user
};

// What a change did to a group. Without `entries` nobody came, left or has another role. Who comes by one entry stands
// in seniority as he is named there.
struct GroupChanged {
    Boxed<Group> group;                                 // as it is now; always there
    std::vector<LogEntry> entries;                      // ascending
    std::vector<GroupMember> now;                       // who came, or has another role, as they are now
    std::vector<UserId> left;                           // who are no members any more
    std::vector<std::pair<UserId, ChatError>> refused;  // AddMembers: who could not be added, and why
    Boxed<std::vector<UserId>> folders = std::nullopt;  // AppendReplica: in which files lie now, each once
};

// account_disabled (the owner), group_taken, unknown_recipient and blocked (a member has blocked the owner),
// group_full, too_many_groups, busy (no code of `codes` is free). All or nothing.
struct FoundGroup {
    UserId owner;
    GroupCard card;                  // checked by the caller
    std::vector<std::string> codes;  // the first that no other group has is taken
    std::vector<UserId> members;     // beside the owner; nobody twice
    MessageId id;
    WallTime at{};
    GroupLimits limits;
};

// account_disabled, unknown_group (no group has that code), banned, group_full, too_many_groups. Nothing is changed for
// a member.
struct EnterGroup {
    UserId user;
    std::string code;
    MessageId id;
    WallTime at{};
    GroupLimits limits;
};

// not_a_member. Succession as in model/command.h, LeaveGroup.
struct QuitGroup {
    UserId user;
    ConversationId group;
    MessageId id;
    WallTime at{};
};

// account_disabled, not_a_member, not_allowed (both: `by`). Each of `who` for himself: already_member, banned, blocked
// (he has blocked `by`), unknown_recipient, group_full, too_many_groups; the others are added by one entry.
struct AddMembers {
    UserId by;
    ConversationId group;
    std::vector<UserId> who;  // nobody twice
    MessageId id;
    WallTime at{};
    GroupLimits limits;
};

// account_disabled, not_a_member (`by`, or `who` for a kick), not_allowed (also against somebody of no lower role, and
// against oneself), unknown_recipient (who would be banned). Banning who is banned and unbanning who is not change
// nothing. Somebody who never was a member can be banned.
struct RemoveMember {
    UserId by;
    ConversationId group;
    UserId who;
    KickFromGroup::Action action = KickFromGroup::Action::kick;
    MessageId id;
    WallTime at{};
};

// account_disabled, not_a_member (either), not_allowed (`by` is not the owner, or would give up being the owner). A new
// owner makes the old one an admin.
struct SetMemberRole {
    UserId by;
    ConversationId group;
    UserId who;
    GroupRole role = GroupRole::admin;
    MessageId id;
    WallTime at{};
};

// account_disabled, not_a_member, not_allowed, not_found (for the operator: no such group, or it has ended), busy (no
// code of `codes` is free). Writes no entry; the answer is GroupChanged nevertheless.
struct SetGroupCode {
    UserId by;  // none: the operator
    ConversationId group;
    std::vector<std::string> codes;
};

// For the operator. not_found. What is not given stays. Writes no entry; the answer is GroupChanged nevertheless.
struct SetGroupOptions {
    ConversationId group;
    std::optional<bool> history_open;
    std::optional<std::chrono::days> retention;  // 0: kept for ever
};

// One entry in a group that is at home here. account_disabled, not_found (no such group), not_a_member,
// home_recovering, key_conflict, key_expired; with a file also those of NewFile. The answer is Posted.
struct PostToGroup {
    UserId sender;
    ConversationId group;
    MessageId id;
    EntryKind kind = EntryKind::message;
    std::string body;
    WallTime at{};
    Boxed<IdempotencyKey> key = std::nullopt;
    Boxed<NewFile> file = std::nullopt;              // then `kind` and `body` are made of it
    Boxed<EntrySignature> signature = std::nullopt;  // of a sender on another server, kept beside the entry
};

// Done where it is so already. unknown_user (`other` too), oneself, too_many_contacts; not_a_contact when one is to go
// who is none.
struct SetContact {
    UserId owner;
    UserId other;
    bool wanted = true;
    std::size_t contacts_max = 0;  // 0: no limit
    WallTime at{};
};

}  // namespace obrol
