#include "storage/change_rules.h"

#include <algorithm>
#include <utility>

#include "model/name.h"
#include "model/peer_item.h"
#include "storage/file_rules.h"
#include "storage/folder_rules.h"
#include "storage/group_rules.h"
#include "storage/peer_rules.h"
#include "storage/replica_rules.h"
#include "storage/rule_support.h"

namespace obrol {
namespace {

void append_number(std::string& out, std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (std::size_t i = 0; i < sizeof(bits); ++i, bits >>= 8)
        out.push_back(static_cast<char>(bits & 0xFFu));
}

// What a retry must have in common with the request it repeats. Message ids and the time are made anew for each
// attempt, so they do not belong to it. The count before the recipients keeps one from being read as the beginning of
// the body; a group stands where no count does. A file's blob is not known when its key is asked about.
template <class Post>
EntryKind kind_of(const Post& post) {
    return post.file ? EntryKind::file : post.kind;
}
UserId receiver_of(const PostDirect& post) {
    return post.copies.front().to;
}
UserId receiver_of(const PostToGroup&) {
    return {};
}
template <class Post>
std::string content_of(const Post& post) {
    return post.file ? std::to_string(post.file->size) + ' ' + post.file->name : post.body;
}
Digest fingerprint(const PostDirect& post) {
    const std::string content = content_of(post);
    std::string text;
    text.reserve(1 + sizeof(std::int64_t) * (1 + post.copies.size()) + content.size());
    text.push_back(static_cast<char>(kind_of(post)));
    append_number(text, static_cast<std::int64_t>(post.copies.size()));
    for (const PostDirect::Copy& copy : post.copies)
        append_number(text, copy.to.value);
    text += content;
    return digest(text);
}
Digest fingerprint(const PostToGroup& post) {
    constexpr std::int64_t no_count = -1;
    const std::string content = content_of(post);
    std::string text;
    text.reserve(1 + sizeof(std::int64_t) * 2 + content.size());
    text.push_back(static_cast<char>(kind_of(post)));
    append_number(text, no_count);
    append_number(text, post.group.value);
    text += content;
    return digest(text);
}

Digest fingerprint(const QueueItem& item) {
    constexpr std::int64_t no_entry = -2;
    std::string text;
    append_number(text, no_entry);
    append_number(text, item.to.value);
    text += item.key_content;
    return digest(text);
}

class Rules {
  public:
    explicit Rules(Tables& tables)
        : tables_(tables), groups_(tables), peers_(tables), replicas_(tables, peers_, groups_) {}

    ChangeResult operator()(const CreateUser& change);
    ChangeResult operator()(const SetPassword& change);
    ChangeResult operator()(const SetRole& change);
    ChangeResult operator()(const SetProfile& change);
    ChangeResult operator()(const SetAccountState& change);
    ChangeResult operator()(const StartSession& change);
    ChangeResult operator()(const EndSession& change);
    ChangeResult operator()(const EndSessionsOf& change);
    ChangeResult operator()(const NoteSessionUse& change);
    ChangeResult operator()(const CreateInvitation& change);
    ChangeResult operator()(const RevokeInvitation& change);
    ChangeResult operator()(const PostDirect& change) { return post(change); }
    ChangeResult operator()(const PostToGroup& change) { return post(change); }
    ChangeResult operator()(const AdvanceCursor& change);
    ChangeResult operator()(const SetBlock& change);
    ChangeResult operator()(const ReplaceBody& change);
    ChangeResult operator()(const EraseBody& change);
    ChangeResult operator()(const SetQuota& change);
    ChangeResult operator()(const QueueItem& change);
    ChangeResult operator()(const Receive& change);
    ChangeResult operator()(const BlobArrived& change);
    ChangeResult operator()(const PutFolderFile& change) { return put_folder_file(tables_, change); }
    ChangeResult operator()(const NoteFolderFilePlaced& change) { return note_folder_file_placed(tables_, change); }
    ChangeResult operator()(const RemoveFolderFile& change) { return remove_folder_file(tables_, change); }
    // Of groups and contacts, of other servers, of groups that are shared with those.
    template <class Other>
    ChangeResult operator()(const Other& change) {
        if constexpr (requires { groups_(change); })
            return groups_(change);
        else if constexpr (requires { replicas_(change); })
            return replicas_(change);
        else
            return peers_(change);
    }

  private:
    // PostDirect or PostToGroup.
    template <class Post>
    ChangeResult post(const Post& change);
    // The same under no key, or a new one.
    template <class Post>
    std::expected<Posted, ChatError> post_anew(const Post& change, ServerId origin);

    // What the checks of a post find out for its writing.
    struct Admission {
        bool crosses = false;     // some copies are for other servers
        bool is_request = false;  // by a stranger
    };
    std::expected<Admission, ChatError> admit(const PostDirect& post, ServerId origin);
    std::expected<Admission, ChatError> admit(const PostToGroup& post, ServerId origin);
    Refusal refusal_of_crossing(const PostDirect& post);
    std::vector<EntryHeader> write(const PostDirect& post, std::string_view body, ServerId origin, Admission admission);
    std::vector<EntryHeader> write(const PostToGroup& post, std::string_view body, ServerId origin, Admission);
    void queue_copy(const EntryHeader& entry, UserId to, ServerId server, bool into_folder);

    struct KeyCheck {
        Refusal refusal;
        std::optional<KeptAnswer> kept;  // the same was asked before
        bool is_first = false;           // of its client id
    };
    KeyCheck check_key(UserId user, const IdempotencyKey& key, const Digest& request);
    void keep(UserId user, const IdempotencyKey& key, const KeyCheck& check, const KeptAnswer& answer, WallTime at);

    void refuse_item(const Receive& item, ChatError why);

    Refusal refusal_of_folder_of(const PostDirect& post);
    static Refusal refusal_of_folder_of(const PostToGroup&) { return std::nullopt; }
    std::vector<UserId> receivers_of(const PostDirect& post);
    std::vector<UserId> receivers_of(const PostToGroup& post);

    Tables& tables_;
    GroupRules groups_;
    PeerRules peers_;
    ReplicaRules replicas_;
};

ChangeResult Rules::operator()(const CreateUser& change) {
    // Before the name: who has no invitation does not learn which names exist.
    std::optional<Invitation> invitation;
    if (change.invitation) {
        invitation = tables_.invitation(*change.invitation);
        if (!invitation || !invitation->is_usable(change.at)) return refuse(ChatError::bad_invitation);
    }
    const std::string key = name_key(change.card.name);
    if (tables_.user_named(ServerId(), key)) return refuse(ChatError::name_taken);
    User user;
    user.card = change.card;
    user.password_hash = change.password_hash;
    user.role = invitation ? invitation->role : change.role;
    user.created_at = change.at;
    if (invitation) tables_.count_invitation_use(invitation->id);
    return UserCreated{tables_.insert_user(user, key)};
}

ChangeResult Rules::operator()(const SetPassword& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_password_hash(change.user, change.password_hash);
    tables_.delete_sessions_of(change.user, change.kept);
    return Done{};
}

ChangeResult Rules::operator()(const SetRole& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_role(change.user, change.role);
    return Done{};
}

ChangeResult Rules::operator()(const SetProfile& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    if (change.display_name) tables_.set_display_name(change.user, *change.display_name);
    if (change.country) tables_.set_country(change.user, *change.country);
    return Done{};
}

ChangeResult Rules::operator()(const SetAccountState& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    if (change.state == AccountState::deleted) {
        if (const Refusal why = groups_.refusal_of_leaving_all(change.user)) return refuse(*why);
    }
    tables_.set_account_state(change.user, change.state);
    if (change.state != AccountState::active) tables_.delete_sessions_of(change.user, SessionId());
    if (change.state != AccountState::deleted) return Done{};
    tables_.erase_person(change.user);
    tables_.forget_relations(change.user);
    tables_.peers().delete_requests_of(change.user);
    std::vector<BlobDigest> unused = forget_folder(tables_, change.user);
    std::vector<ServerId> asked = replicas_.ask_to_leave_all(change.user, change.id, change.at);
    return AccountDeleted{groups_.leave_all(change.user, change.id, change.at), std::move(unused), std::move(asked)};
}

ChangeResult Rules::operator()(const StartSession& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    if (!is_active(tables_, change.user)) return refuse(ChatError::account_disabled);
    if (change.sessions_max > 0 && tables_.session_count(change.user) >= change.sessions_max)
        return refuse(ChatError::too_many_sessions);
    return SessionCreated{tables_.insert_session(change.user, change.token, change.at)};
}

ChangeResult Rules::operator()(const EndSession& change) {
    if (change.owner) {
        const std::optional<Session> session = tables_.session(change.session);
        if (!session || session->user != change.owner) return refuse(ChatError::not_found);
    }
    return done_if(tables_.delete_session(change.session));
}

ChangeResult Rules::operator()(const EndSessionsOf& change) {
    return SessionsEnded{tables_.delete_sessions_of(change.user, change.kept)};
}

ChangeResult Rules::operator()(const NoteSessionUse& change) {
    const std::optional<Session> session = tables_.session(change.session);
    if (!session) return refuse(ChatError::not_found);
    if (change.at > session->used_at) tables_.set_session_used(change.session, change.at);
    return Done{};
}

ChangeResult Rules::operator()(const CreateInvitation& change) {
    Invitation invitation;
    invitation.created_by = change.created_by;
    invitation.role = change.role;
    invitation.uses_max = change.uses_max;
    invitation.expires_at = change.expires_at;
    invitation.note = change.note;
    invitation.created_at = change.at;
    return InvitationCreated{tables_.insert_invitation(invitation, change.code)};
}

ChangeResult Rules::operator()(const RevokeInvitation& change) {
    return done_if(tables_.delete_invitation(change.invitation));
}

// Posts.

std::expected<Rules::Admission, ChatError> Rules::admit(const PostDirect& post, ServerId origin) {
    Admission admission;
    for (const PostDirect::Copy& copy : post.copies) {
        if (copy.to == post.sender) continue;  // nobody is unknown to himself, or can shut himself out
        const std::optional<Account> receiver = tables_.account(copy.to);
        if (!receiver || receiver->state == AccountState::deleted) return std::unexpected(ChatError::unknown_recipient);
        if (tables_.is_blocked(copy.to, post.sender)) return std::unexpected(ChatError::blocked);
        if (receiver->server) {
            if (origin) return std::unexpected(ChatError::unknown_recipient);
            admission.crosses = true;
        }
        if (origin && post.stranger_messages_max) {
            const auto [is_stranger, refusal] =
                peers_.strangeness_of(post.sender, copy.to, *post.stranger_messages_max);
            if (refusal) return std::unexpected(*refusal);
            admission.is_request = is_stranger;
        }
    }
    if (admission.crosses) {
        if (const Refusal why = refusal_of_crossing(post)) return std::unexpected(*why);
    }
    return admission;
}

// Each server must take all the copies that are for it.
Refusal Rules::refusal_of_crossing(const PostDirect& post) {
    std::vector<std::pair<ServerId, std::size_t>> items;
    for (const PostDirect::Copy& copy : post.copies) {
        const ServerId server = server_of(tables_, copy.to);
        if (!server) continue;
        const auto known = std::ranges::find(items, server, &std::pair<ServerId, std::size_t>::first);
        if (known == items.end()) {
            items.emplace_back(server, 1);
        } else {
            ++known->second;
        }
    }
    for (const auto& [server, count] : items)
        if (const Refusal why = peers_.refusal_of_queueing(server, count, post.queue_max)) return why;
    return std::nullopt;
}

std::expected<Rules::Admission, ChatError> Rules::admit(const PostToGroup& post, ServerId) {
    if (!tables_.group_member(post.group, post.sender))
        return std::unexpected(tables_.group(post.group) ? ChatError::not_a_member : ChatError::not_found);
    if (const Refusal why = groups_.refusal_of_closed(post.group)) return std::unexpected(*why);
    return Admission{};
}

std::vector<EntryHeader> Rules::write(const PostDirect& post, std::string_view body, ServerId origin,
                                      Admission admission) {
    std::vector<EntryHeader> entries;
    entries.reserve(post.copies.size());
    for (const PostDirect::Copy& copy : post.copies) {
        EntryHeader header;
        header.conversation = tables_.direct_conversation(post.sender, copy.to);
        header.id = copy.id;
        header.sender = post.sender;
        header.at = post.at;
        header.kind = kind_of(post);
        entries.push_back(append_entry(tables_, header, body, origin));
        if (admission.is_request) peers_.note_request(entries.back(), copy.to);
        if (!admission.crosses) continue;
        const bool into_folder = post.file && post.file->into_folder;
        if (const ServerId server = server_of(tables_, copy.to))
            queue_copy(entries.back(), copy.to, server, into_folder);
    }
    return entries;
}

// Who writes to a stranger has accepted him.
void Rules::queue_copy(const EntryHeader& entry, UserId to, ServerId server, bool into_folder) {
    OutboxRow row;
    row.id = entry.id;
    row.sender = entry.sender;
    row.entry = entry.position;
    row.to = to;
    row.at = entry.at;
    row.into_folder = into_folder;
    peers_.queue(server, std::move(row));
    tables_.peers().delete_request(entry.sender, to);
}

std::vector<EntryHeader> Rules::write(const PostToGroup& post, std::string_view body, ServerId origin, Admission) {
    EntryHeader header;
    header.conversation = post.group;
    header.id = post.id;
    header.sender = post.sender;
    header.at = post.at;
    header.kind = kind_of(post);
    header = append_entry(tables_, header, body, origin);
    if (post.signature) tables_.peers().insert_signature(post.group, header.seq, *post.signature);
    return {header};
}

// Folders are here of users of this server.
std::vector<UserId> Rules::receivers_of(const PostDirect& post) {
    if (server_of(tables_, receiver_of(post))) return {};
    return {receiver_of(post)};
}

Refusal Rules::refusal_of_folder_of(const PostDirect& post) {
    for (const UserId receiver : receivers_of(post))
        if (const Refusal why = refusal_of_folder(tables_, receiver, *post.file)) return why;
    return std::nullopt;
}

std::vector<UserId> Rules::receivers_of(const PostToGroup& post) {
    std::vector<UserId> members = tables_.group_members(post.group);
    std::erase_if(members, [&](UserId user) { return user == post.sender || server_of(tables_, user); });
    return members;
}

template <class Post>
std::expected<Posted, ChatError> Rules::post_anew(const Post& change, ServerId origin) {
    const std::expected<Admission, ChatError> admission = admit(change, origin);
    if (!admission) return std::unexpected(admission.error());
    Posted posted;
    posted.is_request = admission->is_request;
    if (!change.file) {
        posted.entries = write(change, change.body, origin, *admission);
        return posted;
    }
    const bool into_folder = change.file->into_folder && !admission->is_request;
    if (into_folder) {
        if (const Refusal why = refusal_of_folder_of(change)) return std::unexpected(*why);
    }
    std::expected<FileCard, ChatError> file = admit_file(tables_, change.sender, *change.file);
    if (!file) return std::unexpected(file.error());
    if (change.file->only_asks) return Posted{};
    posted.entries = write(change, encode(*file), origin, *admission);
    posted.file_code = file->code;
    const EntryHeader& entry = posted.entries.front();
    const ServerId elsewhere = write_file(tables_, entry, *file, receiver_of(change), origin);
    if (into_folder) posted.folders = write_into_folders(tables_, receivers_of(change), *change.file, entry, elsewhere);
    return posted;
}

template <class Post>
ChangeResult Rules::post(const Post& change) {
    const std::optional<Account> sender = tables_.account(change.sender);
    if (!sender || sender->state != AccountState::active) return refuse(ChatError::account_disabled);
    if (!change.key) return post_anew(change, sender->server);

    // Before the recipients are looked at: what was stored stays true, even if one of them has blocked the sender
    // since.
    const Digest request = fingerprint(change);
    KeyCheck check = check_key(change.sender, *change.key, request);
    if (check.refusal) return refuse(*check.refusal);
    if (check.kept) {
        Posted posted;
        posted.entries = std::move(check.kept->entries);
        posted.repeated = true;
        if (change.file) posted.file_code = code_of_file(tables_, posted.entries.front());
        return posted;
    }
    std::expected<Posted, ChatError> posted = post_anew(change, sender->server);
    if (!posted || posted->entries.empty()) return posted;
    keep(change.sender, *change.key, check, KeptAnswer{request, posted->entries}, change.at);
    return posted;
}

Rules::KeyCheck Rules::check_key(UserId user, const IdempotencyKey& key, const Digest& request) {
    const auto& [client, number] = key;
    if (number < 1) return {.refusal = ChatError::key_expired};
    if (std::optional<KeptAnswer> kept = tables_.kept_answer(user, client, number)) {
        if (kept->request != request) return {.refusal = ChatError::key_conflict};
        return {.kept = std::move(kept)};
    }
    const std::int64_t last = tables_.last_key_number(user, client);
    if (number <= last - idempotency_window) return {.refusal = ChatError::key_expired};
    return {.is_first = last == 0};
}

void Rules::keep(UserId user, const IdempotencyKey& key, const KeyCheck& check, const KeptAnswer& answer, WallTime at) {
    // The table of client ids grows only here, so here is where the idle ones make room.
    if (check.is_first) tables_.forget_idle_clients(at - idempotency_idle_max);
    tables_.keep_answer(user, key.client, key.number, answer, at, key.number - idempotency_window);
}

// Other servers.

ChangeResult Rules::operator()(const QueueItem& change) {
    if (change.sender && !is_active(tables_, change.sender)) return refuse(ChatError::account_disabled);
    KeyCheck check;
    Digest request{};
    if (change.key) {
        request = fingerprint(change);
        check = check_key(change.sender, *change.key, request);
        if (check.refusal) return refuse(*check.refusal);
        if (check.kept) return ItemQueued{check.kept->item.value_or(MessageId()), true};
    }
    if (change.unless_blocked && tables_.is_blocked(change.unless_blocked->owner, change.unless_blocked->other))
        return refuse(ChatError::blocked);
    if (const Refusal why = peers_.refusal_of_queueing(change.to, 1, change.queue_max)) return refuse(*why);
    OutboxRow row;
    row.id = change.id;
    row.sender = change.sender;
    row.payload = change.payload;
    row.at = change.at;
    peers_.queue(change.to, std::move(row));
    if (change.key) keep(change.sender, *change.key, check, KeptAnswer{request, {}, change.id}, change.at);
    return ItemQueued{change.id, false};
}

ChangeResult Rules::operator()(const Receive& change) {
    PeerTables& peers = tables_.peers();
    if (!peers.server(change.from)) return refuse(ChatError::not_found);
    const PeerRules::Order order = peers_.order_of(change.from, change.place, change.first);
    if (order == PeerRules::Order::gap) return refuse(ChatError::busy);
    Received received;
    if (order == PeerRules::Order::behind) {
        received.is_duplicate = true;
        return received;
    }
    const bool is_refusal = change.change && std::holds_alternative<BounceItem>(change.change->change);
    if (!is_refusal && !peers_.has_room(change.from, 1, change.queue_max)) return refuse(ChatError::queue_full);
    peers_.move_on(change);
    // An empty place says nothing of what had its id: a server that is put back may have that still.
    const bool is_empty = !change.change && !change.why;
    if (!is_empty && !peers.note_received(change.from, change.item)) {
        received.is_duplicate = true;
        return received;
    }
    received.refused = change.why;
    if (change.change && !change.why) {
        ChangeResult result = std::visit(*this, change.change->change);
        if (result) {
            received.done = std::make_shared<const ReceivedDone>(ReceivedDone{*std::move(result)});
        } else if (!is_refusal) {
            received.refused = result.error();
        }
    }
    if (received.refused) refuse_item(change, *received.refused);
    return received;
}

// It is part of having received the item.
void Rules::refuse_item(const Receive& item, ChatError why) {
    OutboxRow row;
    row.id = item.refusal_id;
    row.payload = encode(PeerItem(ItemRefused{item.refusal_id, item.item, why}));
    row.at = item.at;
    peers_.queue(item.from, std::move(row));
}

ChangeResult Rules::operator()(const BlobArrived& change) {
    bring_blob(tables_, change);
    return Done{};
}

ChangeResult Rules::operator()(const AdvanceCursor& change) {
    const bool fetched = change.which == AdvanceCursor::Which::fetched;
    const std::optional<Seq> cursor = tables_.cursor(change.user, change.conversation, fetched);
    if (!cursor) return refuse(ChatError::not_found);
    const Seq target = std::min(change.seq, tables_.last_seq(change.conversation));
    if (target <= *cursor) return CursorAdvanced{*cursor, false};
    tables_.set_cursor(change.user, change.conversation, fetched, target);
    return CursorAdvanced{target, true};
}

ChangeResult Rules::operator()(const SetBlock& change) {
    if (!is_at_home(tables_, change.owner) || !is_known(tables_, change.other)) return refuse(ChatError::unknown_user);
    tables_.set_block(change.owner, change.other, change.blocked);
    return Done{};
}

ChangeResult Rules::operator()(const ReplaceBody& change) {
    return done_if(tables_.replace_body(change.conversation, change.seq, change.body));
}

ChangeResult Rules::operator()(const EraseBody& change) {
    if (!tables_.erase_body(change.conversation, change.seq)) return refuse(ChatError::not_found);
    return erase_file(tables_, change.conversation, change.seq);
}

ChangeResult Rules::operator()(const SetQuota& change) {
    if (!is_at_home(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_quota(change.user, change.bytes_max);
    return Done{};
}

}  // namespace

ChangeResult apply_change(Tables& tables, const Change& change) {
    Rules rules(tables);
    return std::visit(rules, change);
}

}  // namespace obrol
