#include "storage/change_rules.h"

#include <algorithm>
#include <utility>

#include "model/name.h"
#include "storage/file_rules.h"
#include "storage/folder_rules.h"
#include "storage/group_rules.h"
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

class Rules {
  public:
    explicit Rules(Tables& tables) : tables_(tables), groups_(tables) {}

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
    ChangeResult operator()(const PutFolderFile& change) { return put_folder_file(tables_, change); }
    ChangeResult operator()(const NoteFolderFilePlaced& change) { return note_folder_file_placed(tables_, change); }
    ChangeResult operator()(const RemoveFolderFile& change) { return remove_folder_file(tables_, change); }
    // Of groups and contacts.
    template <class Other>
    ChangeResult operator()(const Other& change) {
        return groups_(change);
    }

  private:
    // PostDirect or PostToGroup.
    template <class Post>
    ChangeResult post(const Post& change);
    // The same under no key, or a new one.
    template <class Post>
    std::expected<Posted, ChatError> post_anew(const Post& change);
    Refusal refusal_of(const PostDirect& post);
    Refusal refusal_of(const PostToGroup& post);
    std::vector<EntryHeader> write(const PostDirect& post, std::string_view body);
    std::vector<EntryHeader> write(const PostToGroup& post, std::string_view body);
    Refusal refusal_of_folder_of(const PostDirect& post);
    static Refusal refusal_of_folder_of(const PostToGroup&) { return std::nullopt; }
    static std::vector<UserId> receivers_of(const PostDirect& post) { return {receiver_of(post)}; }
    std::vector<UserId> receivers_of(const PostToGroup& post);

    Tables& tables_;
    GroupRules groups_;
};

ChangeResult Rules::operator()(const CreateUser& change) {
    // Before the name: who has no invitation does not learn which names exist.
    std::optional<Invitation> invitation;
    if (change.invitation) {
        invitation = tables_.invitation(*change.invitation);
        if (!invitation || !invitation->is_usable(change.at)) return refuse(ChatError::bad_invitation);
    }
    if (tables_.user_named(name_key(change.card.name))) return refuse(ChatError::name_taken);
    User user;
    user.card = change.card;
    user.password_hash = change.password_hash;
    user.role = invitation ? invitation->role : change.role;
    user.created_at = change.at;
    if (invitation) tables_.count_invitation_use(invitation->id);
    return UserCreated{tables_.insert_user(user)};
}

ChangeResult Rules::operator()(const SetPassword& change) {
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_password_hash(change.user, change.password_hash);
    tables_.delete_sessions_of(change.user, change.kept);
    return Done{};
}

ChangeResult Rules::operator()(const SetRole& change) {
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_role(change.user, change.role);
    return Done{};
}

ChangeResult Rules::operator()(const SetProfile& change) {
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
    if (change.display_name) tables_.set_display_name(change.user, *change.display_name);
    if (change.country) tables_.set_country(change.user, *change.country);
    return Done{};
}

ChangeResult Rules::operator()(const SetAccountState& change) {
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_account_state(change.user, change.state);
    if (change.state != AccountState::active) tables_.delete_sessions_of(change.user, SessionId());
    if (change.state != AccountState::deleted) return Done{};
    tables_.erase_person(change.user);
    tables_.forget_relations(change.user);
    std::vector<BlobDigest> unused = forget_folder(tables_, change.user);
    return AccountDeleted{groups_.leave_all(change.user, change.id, change.at), std::move(unused)};
}

ChangeResult Rules::operator()(const StartSession& change) {
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
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

Refusal Rules::refusal_of(const PostDirect& post) {
    for (const PostDirect::Copy& copy : post.copies) {
        if (copy.to == post.sender) continue;  // nobody is unknown to himself, or can shut himself out
        if (!is_known(tables_, copy.to)) return ChatError::unknown_recipient;
        if (tables_.is_blocked(copy.to, post.sender)) return ChatError::blocked;
    }
    return std::nullopt;
}

Refusal Rules::refusal_of(const PostToGroup& post) {
    if (tables_.group_member(post.group, post.sender)) return std::nullopt;
    return tables_.group(post.group) ? ChatError::not_a_member : ChatError::not_found;
}

std::vector<EntryHeader> Rules::write(const PostDirect& post, std::string_view body) {
    std::vector<EntryHeader> entries;
    entries.reserve(post.copies.size());
    for (const PostDirect::Copy& copy : post.copies) {
        EntryHeader header;
        header.conversation = tables_.direct_conversation(post.sender, copy.to);
        header.id = copy.id;
        header.sender = post.sender;
        header.at = post.at;
        header.kind = kind_of(post);
        entries.push_back(append_entry(tables_, header, body));
    }
    return entries;
}

std::vector<EntryHeader> Rules::write(const PostToGroup& post, std::string_view body) {
    EntryHeader header;
    header.conversation = post.group;
    header.id = post.id;
    header.sender = post.sender;
    header.at = post.at;
    header.kind = kind_of(post);
    return {append_entry(tables_, header, body)};
}

Refusal Rules::refusal_of_folder_of(const PostDirect& post) {
    return refusal_of_folder(tables_, receiver_of(post), *post.file);
}

std::vector<UserId> Rules::receivers_of(const PostToGroup& post) {
    std::vector<UserId> members = tables_.group_members(post.group);
    std::erase(members, post.sender);
    return members;
}

template <class Post>
std::expected<Posted, ChatError> Rules::post_anew(const Post& change) {
    if (const Refusal why = refusal_of(change)) return std::unexpected(*why);
    if (!change.file) return Posted{write(change, change.body), false, {}, {}};
    if (change.file->into_folder) {
        if (const Refusal why = refusal_of_folder_of(change)) return std::unexpected(*why);
    }
    std::expected<FileCard, ChatError> file = admit_file(tables_, change.sender, *change.file);
    if (!file) return std::unexpected(file.error());
    if (change.file->only_asks) return Posted{};
    Posted posted{write(change, encode(*file)), false, file->code, {}};
    const EntryHeader& entry = posted.entries.front();
    write_file(tables_, entry, *file, receiver_of(change));
    if (change.file->into_folder)
        posted.folders = write_into_folders(tables_, receivers_of(change), *change.file, entry);
    return posted;
}

template <class Post>
ChangeResult Rules::post(const Post& change) {
    if (!is_active(tables_, change.sender)) return refuse(ChatError::account_disabled);
    if (!change.key) return post_anew(change);

    // Before the recipients are looked at: what was stored stays true, even if one of them has blocked the sender
    // since.
    const auto& [client, number] = *change.key;
    if (number < 1) return refuse(ChatError::key_expired);
    const Digest request = fingerprint(change);
    if (std::optional<KeptAnswer> kept = tables_.kept_answer(change.sender, client, number)) {
        if (kept->request != request) return refuse(ChatError::key_conflict);
        Posted posted{std::move(kept->entries), true, {}, {}};
        if (change.file) posted.file_code = code_of_file(tables_, posted.entries.front());
        return posted;
    }
    const std::int64_t last = tables_.last_key_number(change.sender, client);
    if (number <= last - idempotency_window) return refuse(ChatError::key_expired);
    std::expected<Posted, ChatError> posted = post_anew(change);
    if (!posted || posted->entries.empty()) return posted;

    // The table of client ids grows only here, so here is where the idle ones make room.
    if (last == 0) tables_.forget_idle_clients(change.at - idempotency_idle_max);
    const KeptAnswer answer{request, posted->entries};
    tables_.keep_answer(change.sender, client, number, answer, change.at, number - idempotency_window);
    return posted;
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
    if (!is_known(tables_, change.owner) || !is_known(tables_, change.other)) return refuse(ChatError::unknown_user);
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
    if (!is_known(tables_, change.user)) return refuse(ChatError::unknown_user);
    tables_.set_quota(change.user, change.bytes_max);
    return Done{};
}

}  // namespace

ChangeResult apply_change(Tables& tables, const Change& change) {
    Rules rules(tables);
    return std::visit(rules, change);
}

}  // namespace obrol
