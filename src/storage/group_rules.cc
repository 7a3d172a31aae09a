#include "storage/group_rules.h"

#include <algorithm>
#include <utility>

#include "model/name.h"
#include "model/peer_item.h"
#include "storage/rule_support.h"

namespace obrol {
namespace {

using Action = MemberNote::Action;

Action action_of(KickFromGroup::Action action) {
    switch (action) {
        case KickFromGroup::Action::kick:
            return Action::kick;
        case KickFromGroup::Action::ban:
            return Action::ban;
        case KickFromGroup::Action::unban:
            return Action::unban;
    }
    return Action::kick;
}

}  // namespace

// Carries one change of a group out, once it has passed, and keeps what comes of it.
class GroupRules::Edit {
  public:
    // `count` entries were written under `id` before.
    Edit(Tables& tables, Group group, UserId by, MessageId id, WallTime at, std::uint32_t count = 0)
        : tables_(tables), by_(by), id_(id), at_(at), count_(count) {
        changed_.group = std::move(group);
    }

    // The seq of the entry.
    Seq note(Action action, const std::vector<UserId>& who, GroupRole role = GroupRole::member) {
        MemberNote note{action, role, {}};
        for (const UserId user : who)
            note.who.push_back(tables_.user_name(user));
        EntryHeader header;
        header.conversation = changed_.group->conversation;
        header.id = count_ == 0 ? id_ : id_.sibling(count_);
        header.sender = by_;
        header.at = at_;
        header.kind = EntryKind::member;
        ++count_;
        std::string body = encode(note);
        header = append_entry(tables_, header, body, server_of(tables_, by_));
        keep_keys(header, note, who);
        changed_.entries.push_back(LogEntry{header, std::move(body), false});
        return header.seq;
    }
    void add(UserId user, GroupRole role, Seq joined) {
        const GroupMember member{user, role, joined};
        tables_.insert_group_member(changed_.group->conversation, member);
        changed_.now.push_back(member);
    }
    void remove(UserId user, Seq left) {
        tables_.delete_group_member(changed_.group->conversation, user, left);
        changed_.left.push_back(user);
    }
    void set_role(GroupMember member, GroupRole role) {
        tables_.set_group_role(changed_.group->conversation, member.user, role);
        member.role = role;
        changed_.now.push_back(member);
    }
    void update(Group group) {
        tables_.update_group(group);
        changed_.group = std::move(group);
    }
    void refused(UserId user, ChatError why) { changed_.refused.emplace_back(user, why); }

    const Group& group() const { return *changed_.group; }
    std::uint32_t count() const { return count_; }
    GroupChanged take() { return std::move(changed_); }

  private:
    // What servers are called here may change, and with it whom a note means: people of others are kept by their
    // servers' keys as well, for the servers that are told of it.
    void keep_keys(const EntryHeader& header, const MemberNote& note, const std::vector<UserId>& who) {
        GlobalMemberNote global{note.action, note.role, {}};
        for (const UserId user : who) {
            const ServerId server = server_of(tables_, user);
            const Server* known = server ? tables_.peers().server(server) : nullptr;
            if (!known || !known->key) return;
            const std::string name = tables_.user_name(user);
            global.who.push_back({*known->key, known->label, name.substr(0, name.find('@'))});
        }
        if (global.who.empty()) return;
        EntrySignature kept;
        kept.note = encode(global);
        tables_.peers().insert_signature(header.conversation, header.seq, kept);
    }

    Tables& tables_;
    UserId by_;
    MessageId id_;
    WallTime at_;
    std::uint32_t count_;
    GroupChanged changed_;
};

// What several changes ask.

const std::string* GroupRules::free_code(const std::vector<std::string>& codes) {
    const auto is_free = [this](const std::string& code) { return !tables_.group_with_code(code); };
    const auto found = std::ranges::find_if(codes, is_free);
    return found == codes.end() ? nullptr : &*found;
}

Refusal GroupRules::refusal_of(UserId by, ConversationId group, GroupRole least) {
    if (!is_active(tables_, by)) return ChatError::account_disabled;
    const std::optional<GroupMember> member = tables_.group_member(group, by);
    if (!member) return ChatError::not_a_member;
    if (member->role < least) return ChatError::not_allowed;
    return refusal_of_closed(group);
}

Refusal GroupRules::refusal_of_closed(ConversationId group) {
    PeerTables& peers = tables_.peers();
    if (!peers.is_closed(group)) return std::nullopt;
    return peers.is_recovering(group) ? ChatError::home_recovering : ChatError::not_found;
}

// `members` are in the group already.
Refusal GroupRules::refusal_of_limits(UserId who, std::size_t members, const GroupLimits& limits) {
    if (limits.members_max > 0 && members >= limits.members_max) return ChatError::group_full;
    if (limits.groups_max > 0 && tables_.group_count(who) >= limits.groups_max) return ChatError::too_many_groups;
    return std::nullopt;
}

// Founding and coming.

Refusal GroupRules::refusal_of_founding(const FoundGroup& change, const std::string* code) {
    if (!is_active(tables_, change.owner)) return ChatError::account_disabled;
    if (tables_.group_named(name_key(change.card.id))) return ChatError::group_taken;
    for (const UserId user : change.members) {
        if (!is_at_home(tables_, user)) return ChatError::unknown_recipient;
        if (tables_.is_blocked(user, change.owner)) return ChatError::blocked;
    }
    std::size_t members = 0;
    if (const Refusal why = refusal_of_limits(change.owner, members, change.limits)) return why;
    for (const UserId user : change.members) {
        if (const Refusal why = refusal_of_limits(user, ++members, change.limits)) return why;
    }
    if (!code) return ChatError::busy;
    return std::nullopt;
}

ChangeResult GroupRules::operator()(const FoundGroup& change) {
    const std::string* code = free_code(change.codes);
    if (const Refusal why = refusal_of_founding(change, code)) return refuse(*why);
    Group group;
    group.card = change.card;
    group.code = *code;
    group.created_at = change.at;
    group.conversation = tables_.insert_group(group);
    Edit edit(tables_, std::move(group), change.owner, change.id, change.at);
    const Seq joined = edit.note(Action::create, change.members);
    edit.add(change.owner, GroupRole::owner, joined);
    for (const UserId user : change.members)
        edit.add(user, GroupRole::member, joined);
    return edit.take();
}

ChangeResult GroupRules::operator()(const EnterGroup& change) {
    if (!is_active(tables_, change.user)) return refuse(ChatError::account_disabled);
    const std::optional<ConversationId> id = tables_.group_with_code(change.code);
    if (!id) return refuse(ChatError::unknown_group);
    Edit edit(tables_, tables_.group(*id).value(), change.user, change.id, change.at);
    if (tables_.group_member(*id, change.user)) return edit.take();
    if (const Refusal why = refusal_of_closed(*id))
        return refuse(*why == ChatError::not_found ? ChatError::unknown_group : *why);
    if (tables_.is_banned(*id, change.user)) return refuse(ChatError::banned);
    if (const Refusal why = refusal_of_limits(change.user, tables_.group_size(*id), change.limits)) return refuse(*why);
    edit.add(change.user, GroupRole::member, edit.note(Action::join, {change.user}));
    return edit.take();
}

Refusal GroupRules::refusal_of_adding(UserId by, UserId who, ConversationId group) {
    if (!is_known(tables_, who)) return ChatError::unknown_recipient;
    if (tables_.group_member(group, who)) return ChatError::already_member;
    if (tables_.is_banned(group, who)) return ChatError::banned;
    if (tables_.is_blocked(who, by)) return ChatError::blocked;
    return std::nullopt;
}

ChangeResult GroupRules::operator()(const AddMembers& change) {
    if (const Refusal why = refusal_of(change.by, change.group, GroupRole::admin)) return refuse(*why);
    Edit edit(tables_, tables_.group(change.group).value(), change.by, change.id, change.at);
    std::vector<UserId> added;
    std::size_t members = tables_.group_size(change.group);
    for (const UserId user : change.who) {
        Refusal why = refusal_of_adding(change.by, user, change.group);
        if (!why && !is_at_home(tables_, user)) why = ChatError::unknown_recipient;
        if (!why) why = refusal_of_limits(user, members, change.limits);
        if (why) {
            edit.refused(user, *why);
        } else {
            added.push_back(user);
            ++members;
        }
    }
    if (added.empty()) return edit.take();
    const Seq joined = edit.note(Action::invite, added);
    for (const UserId user : added)
        edit.add(user, GroupRole::member, joined);
    return edit.take();
}

Refusal GroupRules::refusal_of_inviting(UserId by, UserId who, ConversationId group) {
    if (const Refusal why = refusal_of(by, group, GroupRole::admin)) return why;
    return refusal_of_adding(by, who, group);
}

ChangeResult GroupRules::add_invited(UserId by, UserId who, ConversationId group, MessageId id, WallTime at,
                                     const GroupLimits& limits) {
    if (const Refusal why = refusal_of_inviting(by, who, group)) return refuse(*why);
    if (const Refusal why = refusal_of_limits(who, tables_.group_size(group), limits)) return refuse(*why);
    Edit edit(tables_, tables_.group(group).value(), by, id, at);
    edit.add(who, GroupRole::member, edit.note(Action::invite, {who}));
    return edit.take();
}

// Leaving and being removed.

void GroupRules::leave(Edit& edit, UserId user) {
    const ConversationId id = edit.group().conversation;
    const bool was_owner = tables_.group_member(id, user).value().role == GroupRole::owner;
    edit.remove(user, edit.note(Action::leave, {user}));
    if (!was_owner) return;
    std::optional<GroupMember> heir = tables_.oldest_member(id, GroupRole::admin);
    if (!heir) heir = tables_.oldest_member(id, GroupRole::member);
    if (heir) {
        edit.note(Action::role, {heir->user}, GroupRole::owner);
        edit.set_role(*heir, GroupRole::owner);
        return;
    }
    edit.note(Action::end, {});
    Group group = edit.group();
    group.code.clear();
    group.ended = true;
    edit.update(std::move(group));
}

ChangeResult GroupRules::operator()(const QuitGroup& change) {
    if (!tables_.group_member(change.group, change.user)) return refuse(ChatError::not_a_member);
    if (const Refusal why = refusal_of_closed(change.group)) return refuse(*why);
    Edit edit(tables_, tables_.group(change.group).value(), change.user, change.id, change.at);
    leave(edit, change.user);
    return edit.take();
}

std::vector<GroupChanged> GroupRules::leave_all(UserId user, MessageId id, WallTime at) {
    std::vector<GroupChanged> left;
    std::uint32_t count = 0;
    for (const ConversationId group : tables_.groups_of(user)) {
        if (refusal_of_closed(group)) continue;
        Edit edit(tables_, tables_.group(group).value(), user, id, at, count);
        leave(edit, user);
        count = edit.count();
        left.push_back(edit.take());
    }
    return left;
}

Refusal GroupRules::refusal_of_leaving_all(UserId user) {
    const auto is_recovering = [this](ConversationId group) { return tables_.peers().is_recovering(group); };
    if (std::ranges::any_of(tables_.groups_of(user), is_recovering)) return ChatError::home_recovering;
    return std::nullopt;
}

Refusal GroupRules::refusal_of_removal(const RemoveMember& change) {
    if (const Refusal why = refusal_of(change.by, change.group, GroupRole::admin)) return why;
    if (change.who == change.by) return ChatError::not_allowed;
    const std::optional<GroupMember> who = tables_.group_member(change.group, change.who);
    if (!who && change.action == KickFromGroup::Action::kick) return ChatError::not_a_member;
    if (who && who->role >= tables_.group_member(change.group, change.by).value().role) return ChatError::not_allowed;
    if (change.action == KickFromGroup::Action::ban && !is_known(tables_, change.who))
        return ChatError::unknown_recipient;
    return std::nullopt;
}

ChangeResult GroupRules::operator()(const RemoveMember& change) {
    if (const Refusal why = refusal_of_removal(change)) return refuse(*why);
    Edit edit(tables_, tables_.group(change.group).value(), change.by, change.id, change.at);
    if (change.action != KickFromGroup::Action::kick) {
        const bool banned = change.action == KickFromGroup::Action::ban;
        if (tables_.is_banned(change.group, change.who) == banned) return edit.take();
        tables_.set_banned(change.group, change.who, banned);
    }
    const Seq seq = edit.note(action_of(change.action), {change.who});
    if (tables_.group_member(change.group, change.who)) edit.remove(change.who, seq);
    return edit.take();
}

// Roles and options.

ChangeResult GroupRules::operator()(const SetMemberRole& change) {
    if (const Refusal why = refusal_of(change.by, change.group, GroupRole::owner)) return refuse(*why);
    const std::optional<GroupMember> who = tables_.group_member(change.group, change.who);
    if (!who) return refuse(ChatError::not_a_member);
    Edit edit(tables_, tables_.group(change.group).value(), change.by, change.id, change.at);
    if (who->role == change.role) return edit.take();
    if (change.who == change.by) return refuse(ChatError::not_allowed);
    edit.note(Action::role, {change.who}, change.role);
    edit.set_role(*who, change.role);
    if (change.role == GroupRole::owner)
        edit.set_role(tables_.group_member(change.group, change.by).value(), GroupRole::admin);
    return edit.take();
}

ChangeResult GroupRules::operator()(const SetGroupCode& change) {
    if (change.by) {
        if (const Refusal why = refusal_of(change.by, change.group, GroupRole::admin)) return refuse(*why);
    }
    std::optional<Group> group = tables_.group(change.group);
    if (!group || group->ended) return refuse(ChatError::not_found);
    const std::string* code = free_code(change.codes);
    if (!code) return refuse(ChatError::busy);
    group->code = *code;
    tables_.update_group(*group);
    return GroupChanged{.group = *std::move(group)};
}

ChangeResult GroupRules::operator()(const SetGroupOptions& change) {
    std::optional<Group> group = tables_.group(change.group);
    if (!group) return refuse(ChatError::not_found);
    if (change.history_open) group->history_open = *change.history_open;
    if (change.retention) group->retention = change.retention;
    if (group->retention == std::chrono::days(0)) group->retention.reset();
    tables_.update_group(*group);
    return GroupChanged{.group = *std::move(group)};
}

// Contacts.

ChangeResult GroupRules::operator()(const SetContact& change) {
    if (!is_at_home(tables_, change.owner) || !is_known(tables_, change.other)) return refuse(ChatError::unknown_user);
    if (change.owner == change.other) return refuse(ChatError::oneself);
    const bool is_contact = tables_.is_contact(change.owner, change.other);
    if (!change.wanted && !is_contact) return refuse(ChatError::not_a_contact);
    if (change.wanted == is_contact) return Done{};
    if (change.wanted && change.contacts_max > 0 && tables_.contact_count(change.owner) >= change.contacts_max)
        return refuse(ChatError::too_many_contacts);
    tables_.set_contact(change.owner, change.other, change.wanted, change.at);
    if (change.wanted && server_of(tables_, change.other)) tables_.peers().delete_request(change.owner, change.other);
    return Done{};
}

}  // namespace obrol
