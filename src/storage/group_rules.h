// The rules that decide changes of groups and contacts (group_changes.h); part of change_rules.h.
#pragma once

#include <vector>

#include "storage/change.h"
#include "storage/tables.h"

namespace obrol {

class GroupRules {
  public:
    // `tables` must outlive it.
    explicit GroupRules(Tables& tables) : tables_(tables) {}

    ChangeResult operator()(const FoundGroup& change);
    ChangeResult operator()(const EnterGroup& change);
    ChangeResult operator()(const QuitGroup& change);
    ChangeResult operator()(const AddMembers& change);
    ChangeResult operator()(const RemoveMember& change);
    ChangeResult operator()(const SetMemberRole& change);
    ChangeResult operator()(const SetGroupCode& change);
    ChangeResult operator()(const SetGroupOptions& change);
    ChangeResult operator()(const SetContact& change);

    // Every group here that the user is a member of, as by QuitGroup.
    std::vector<GroupChanged> leave_all(UserId user, MessageId id, WallTime at);
    std::optional<ChatError> refusal_of_leaving_all(UserId user);

    // As AddMembers of one user: why he may not be asked; and once he was, also where he is on another server.
    std::optional<ChatError> refusal_of_inviting(UserId by, UserId who, ConversationId group);
    ChangeResult add_invited(UserId by, UserId who, ConversationId group, MessageId id, WallTime at,
                             const GroupLimits& limits);

    // Why the group takes no posts, and no changes of its members, here.
    std::optional<ChatError> refusal_of_closed(ConversationId group);
    // The first that no group has; null: there is none.
    const std::string* free_code(const std::vector<std::string>& codes);

  private:
    class Edit;

    std::optional<ChatError> refusal_of_founding(const FoundGroup& change, const std::string* code);
    std::optional<ChatError> refusal_of_adding(UserId by, UserId who, ConversationId group);
    std::optional<ChatError> refusal_of_removal(const RemoveMember& change);
    std::optional<ChatError> refusal_of_limits(UserId who, std::size_t members, const GroupLimits& limits);
    // Of something that takes the role of `least`.
    std::optional<ChatError> refusal_of(UserId by, ConversationId group, GroupRole least);
    void leave(Edit& edit, UserId user);

    Tables& tables_;
};

}  // namespace obrol
