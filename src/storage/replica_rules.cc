#include "storage/replica_rules.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "model/file.h"
#include "model/name.h"
#include "model/peer_item.h"
#include "storage/file_rules.h"
#include "storage/folder_rules.h"
#include "storage/rule_support.h"

namespace obrol {
namespace {

// Of the siblings of an id: the entries by which somebody leaves groups that are at home here are fewer.
constexpr std::uint32_t leave_ids_from = 0x8000'0000;

}  // namespace

// Writes entries as another server has them, and follows what they say of the members.
class ReplicaRules::Follower {
  public:
    // Both must outlive it.
    Follower(Tables& tables, const AppendReplica& change) : tables_(tables), change_(change), id_(change.group) {
        changed_.group = tables.group(id_).value();
    }

    void take(const AppendReplica::Entry& entry) {
        EntryHeader header = entry.header;
        header.conversation = id_;
        const ServerId origin = server_of(tables_, header.sender);
        header.position = tables_.insert_entry(header, entry.body, origin);
        if (entry.erased) tables_.erase_body(id_, header.seq);
        // A home that takes up its log again has had the post once; its author's server may send it again.
        PeerTables& peers = tables_.peers();
        const bool was_taken_here = !changed_.group->home && origin;
        if (was_taken_here) peers.note_received(origin, header.id);
        if (entry.signature) peers.insert_signature(id_, header.seq, *entry.signature);
        if (header.kind == EntryKind::file && !entry.erased) take_file(header, entry, origin);
        if (header.kind == EntryKind::member) follow(header, entry);
        changed_.entries.push_back(LogEntry{header, entry.erased ? std::string() : entry.body, entry.erased});
    }

    GroupChanged finish() {
        for (const UserId user : touched_) {
            if (const std::optional<GroupMember> member = tables_.group_member(id_, user)) {
                changed_.now.push_back(*member);
            } else if (std::ranges::find(were_members_, user) != were_members_.end()) {
                changed_.left.push_back(user);
            }
        }
        if (!folders_.empty()) changed_.folders.emplace(folders_.begin(), folders_.end());
        return std::move(changed_);
    }

  private:
    using Action = MemberNote::Action;

    // Where its bytes can be had: at its author's server; and if that is this one, which has lost them as it had lost
    // the entry, perhaps at that of a member, who may have fetched them.
    ServerId source_of(const FileCard& file, ServerId origin) const {
        if (origin || tables_.blob_size(file.blob) == file.size) return origin;
        for (const UserId member : tables_.group_members(id_))
            if (const ServerId server = server_of(tables_, member)) return server;
        return origin;
    }

    void take_file(const EntryHeader& header, const AppendReplica::Entry& entry, ServerId origin) {
        const std::optional<FileCard> card = parse_file_card(entry.body);
        // Two files with one code can only come of another server's mistake: the log has both, the code finds the
        // first.
        if (!card || tables_.is_file_code_taken(card->code)) return;
        const ServerId elsewhere = write_file(tables_, header, *card, entry.file_to, source_of(*card, origin));
        if (change_.file_bytes_max > 0 && card->size > change_.file_bytes_max) return;
        NewFile file;
        file.name = card->name;
        file.size = card->size;
        file.blob = card->blob;
        file.folder_files_max = change_.folder_files_max;
        std::vector<UserId> members = tables_.group_members(id_);
        std::erase_if(members, [&](UserId user) { return user == header.sender || server_of(tables_, user); });
        for (const UserId user : write_into_folders(tables_, members, file, header, elsewhere))
            folders_.insert(user);
    }

    // Notes of a home are as they should be; what does not fit is passed over.
    void follow(const EntryHeader& header, const AppendReplica::Entry& entry) {
        const std::optional<MemberNote> note = parse_member_note(entry.body);
        if (!note) return;
        if (note->action == Action::create) come(header.sender, GroupRole::owner, header.seq);
        for (const UserId user : entry.who)
            follow(note->action, note->role, user, header.seq);
        if (note->action == Action::end) end();
    }

    void follow(Action action, GroupRole role, UserId user, Seq seq) {
        switch (action) {
            case Action::create:
            case Action::join:
            case Action::invite:
                return come(user, GroupRole::member, seq);
            case Action::ban:
                tables_.set_banned(id_, user, true);
                return leave(user, seq);
            case Action::leave:
            case Action::kick:
                return leave(user, seq);
            case Action::unban:
                return tables_.set_banned(id_, user, false);
            case Action::role:
                return set_role(user, role);
            case Action::end:
                return;
        }
    }

    void come(UserId user, GroupRole role, Seq seq) {
        if (!user || tables_.group_member(id_, user)) return;
        touch(user);
        tables_.insert_group_member(id_, GroupMember{user, role, seq});
        // Seniority begins anew.
        std::erase(touched_, user);
        touched_.push_back(user);
    }

    void leave(UserId user, Seq seq) {
        if (!tables_.group_member(id_, user)) return;
        touch(user);
        tables_.delete_group_member(id_, user, seq);
    }

    void set_role(UserId user, GroupRole role) {
        if (!tables_.group_member(id_, user)) return;
        if (role == GroupRole::owner) {
            const std::optional<GroupMember> old = tables_.oldest_member(id_, GroupRole::owner);
            if (old && old->user != user) {
                touch(old->user);
                tables_.set_group_role(id_, old->user, GroupRole::admin);
            }
        }
        touch(user);
        tables_.set_group_role(id_, user, role);
    }

    void end() {
        changed_.group->code.clear();
        changed_.group->ended = true;
        tables_.update_group(*changed_.group);
    }

    // About to become another member than he was, or none.
    void touch(UserId user) {
        if (std::ranges::find(touched_, user) != touched_.end()) return;
        touched_.push_back(user);
        if (tables_.group_member(id_, user)) were_members_.push_back(user);
    }

    Tables& tables_;
    const AppendReplica& change_;
    ConversationId id_;
    GroupChanged changed_;
    std::set<UserId> folders_;
    std::vector<UserId> touched_;
    std::vector<UserId> were_members_;  // of those, before
};

ChangeResult ReplicaRules::operator()(const ReplicateGroup& change) {
    if (!peers_.server(change.home)) return refuse(ChatError::unknown_server);
    if (const std::optional<ConversationId> known = tables_.group_named(name_key(change.card.id))) {
        Group group = tables_.group(*known).value();
        if (group.home != change.home) return refuse(ChatError::group_taken);
        return GroupChanged{.group = std::move(group)};
    }
    if (change.groups_max > 0 && peers_.replica_count(change.home) >= change.groups_max)
        return refuse(ChatError::too_many_groups);
    const std::string* code = groups_.free_code(change.codes);
    if (!code) return refuse(ChatError::busy);
    Group group;
    group.home = change.home;
    group.card = change.card;
    group.code = *code;
    group.created_at = change.at;
    group.conversation = tables_.insert_group(group);
    for (const GroupOrigin& origin : change.origins)
        peers_.put_group_origin(group.conversation, origin);
    return GroupChanged{.group = std::move(group)};
}

std::optional<ChatError> ReplicaRules::refusal_of(const AppendReplica& change) {
    if (!tables_.group(change.group) || !peers_.is_closed(change.group)) return ChatError::not_found;
    const Seq last = tables_.last_seq(change.group);
    Seq expected = next(last);
    for (const AppendReplica::Entry& one : change.entries) {
        const EntryHeader& header = one.header;
        if (header.seq < Seq(1)) return ChatError::busy;
        if (header.seq <= last) {
            if (tables_.entry(change.group, header.seq).value().header.id != header.id)
                return ChatError::server_differs;
            continue;
        }
        if (header.seq != expected) return ChatError::busy;
        expected = next(expected);
    }
    return std::nullopt;
}

ChangeResult ReplicaRules::operator()(const AppendReplica& change) {
    if (const Refusal why = refusal_of(change)) return refuse(*why);
    const Seq last = tables_.last_seq(change.group);
    Follower follower(tables_, change);
    for (const AppendReplica::Entry& one : change.entries)
        if (one.header.seq > last) follower.take(one);
    return follower.finish();
}

std::vector<ServerId> ReplicaRules::ask_to_leave_all(UserId user, const MessageId& id, WallTime at) {
    std::vector<ServerId> asked;
    std::uint32_t count = 0;
    for (const ConversationId conversation : tables_.groups_of(user)) {
        const Group group = tables_.group(conversation).value();
        const Server* home = group.home ? peers_.server(group.home) : nullptr;
        if (!home || !home->key) continue;
        GroupRequest leave;
        leave.id = id.sibling(leave_ids_from + count++);
        leave.group = group.card.id.substr(0, group.card.id.find('@'));
        leave.from.name = leave.from.display_name = tables_.user_name(user);
        leave.at = at;
        leave.action = GroupRequest::Action::leave;
        OutboxRow row;
        row.id = leave.id;
        row.at = at;
        row.payload = encode(PeerItem(std::move(leave)));
        queue_.queue(group.home, std::move(row));
        asked.push_back(group.home);
    }
    return asked;
}

ChangeResult ReplicaRules::operator()(const InviteRemote& change) {
    if (const Refusal why = groups_.refusal_of_inviting(change.by, change.who, change.group)) return refuse(*why);
    const ServerId server = server_of(tables_, change.who);
    if (!server) return refuse(ChatError::unknown_recipient);
    if (const Refusal why = queue_.refusal_of_queueing(server, 1, change.queue_max)) return refuse(*why);
    OutboxRow row;
    row.id = change.id;
    row.sender = change.by;
    row.payload = change.payload;
    row.at = change.at;
    queue_.queue(server, std::move(row));
    peers_.put_group_invitation(change.group, change.who, change.by, change.id);
    return ItemQueued{change.id, false};
}

ChangeResult ReplicaRules::operator()(const AcceptInvitation& change) {
    const std::optional<UserId> by = peers_.invited_by(change.group, change.who);
    if (tables_.group_member(change.group, change.who))
        return GroupChanged{.group = tables_.group(change.group).value()};
    if (!by) return refuse(ChatError::not_allowed);
    GroupLimits limits;
    limits.members_max = change.members_max;
    ChangeResult added = groups_.add_invited(*by, change.who, change.group, change.id, change.at, limits);
    if (added) peers_.delete_group_invitation(change.group, change.who);
    return added;
}

ChangeResult ReplicaRules::operator()(const EndRecovery& change) {
    if (change.group) {
        if (peers_.is_recovering(change.group)) peers_.set_recovering(change.group, false);
        return Done{};
    }
    for (const ConversationId group : peers_.recovering_groups())
        peers_.set_recovering(group, false);
    return Done{};
}

ChangeResult ReplicaRules::operator()(const AdoptGroup& change) {
    std::optional<Group> group = tables_.group(change.group);
    if (!group || !group->home) return refuse(ChatError::not_found);
    if (tables_.group_named(name_key(change.card.id))) return refuse(ChatError::group_taken);
    const std::string* code = groups_.free_code(change.codes);
    if (!code) return refuse(ChatError::busy);
    const Seq last = tables_.last_seq(change.group);
    std::vector<GroupOrigin> origins = peers_.signed_names(change.group);
    if (change.former.home != PublicKey{}) origins.push_back({change.former, last});
    for (const GroupOrigin& origin : origins)
        peers_.put_group_origin(change.group, origin);
    group->home = ServerId();
    group->card = change.card;
    if (!group->ended) group->code = *code;
    peers_.adopt_group(*group);
    tables_.update_group(*group);
    return GroupChanged{.group = *std::move(group)};
}

}  // namespace obrol
