#include "storage/change_rules.h"

#include <algorithm>
#include <utility>

#include "model/name.h"

namespace obrol {
namespace {

void append_number(std::string& out, std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (std::size_t i = 0; i < sizeof(bits); ++i, bits >>= 8)
        out.push_back(static_cast<char>(bits & 0xFFu));
}

// What a retry must have in common with the request it repeats. Message ids and the time are made anew for each
// attempt, so they do not belong to it. The count before the recipients keeps one from being read as the beginning of
// the body.
Digest fingerprint(const PostDirect& post) {
    std::string text;
    text.reserve(1 + sizeof(std::int64_t) * (1 + post.copies.size()) + post.body.size());
    text.push_back(static_cast<char>(post.kind));
    append_number(text, static_cast<std::int64_t>(post.copies.size()));
    for (const PostDirect::Copy& copy : post.copies)
        append_number(text, copy.to.value);
    text += post.body;
    return digest(text);
}

using Refusal = std::optional<ChatError>;

class Rules {
  public:
    explicit Rules(Tables& tables) : tables_(tables) {}

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
    ChangeResult operator()(const PostDirect& change);
    ChangeResult operator()(const AdvanceCursor& change);
    ChangeResult operator()(const SetBlock& change);
    ChangeResult operator()(const ReplaceBody& change);
    ChangeResult operator()(const EraseBody& change);
    template <class Other>
    ChangeResult operator()(const Other&) {  // TEMPORARY
        return std::unexpected(ChatError::unavailable);
    }

  private:
    // A deleted account keeps its entries and its name, and is unknown to every change.
    bool is_known(UserId user);
    Refusal refusal_of_recipients(const PostDirect& post);
    std::vector<EntryHeader> write_copies(const PostDirect& post);

    Tables& tables_;
};

ChangeResult refuse(ChatError why) {
    return std::unexpected(why);
}
ChangeResult done_if(bool found) {
    return found ? ChangeResult(Done{}) : refuse(ChatError::not_found);
}

bool Rules::is_known(UserId user) {
    const std::optional<AccountState> state = tables_.account_state(user);
    return state && *state != AccountState::deleted;
}

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
    if (!is_known(change.user)) return refuse(ChatError::unknown_user);
    tables_.set_password_hash(change.user, change.password_hash);
    tables_.delete_sessions_of(change.user, change.kept);
    return Done{};
}

ChangeResult Rules::operator()(const SetRole& change) {
    if (!is_known(change.user)) return refuse(ChatError::unknown_user);
    tables_.set_role(change.user, change.role);
    return Done{};
}

ChangeResult Rules::operator()(const SetProfile& change) {
    if (!is_known(change.user)) return refuse(ChatError::unknown_user);
    if (change.display_name) tables_.set_display_name(change.user, *change.display_name);
    if (change.country) tables_.set_country(change.user, *change.country);
    return Done{};
}

ChangeResult Rules::operator()(const SetAccountState& change) {
    if (!is_known(change.user)) return refuse(ChatError::unknown_user);
    tables_.set_account_state(change.user, change.state);
    if (change.state == AccountState::deleted) tables_.erase_person(change.user);
    if (change.state != AccountState::active) tables_.delete_sessions_of(change.user, SessionId());
    return Done{};
}

ChangeResult Rules::operator()(const StartSession& change) {
    if (!is_known(change.user)) return refuse(ChatError::unknown_user);
    if (tables_.account_state(change.user) != AccountState::active) return refuse(ChatError::account_disabled);
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

Refusal Rules::refusal_of_recipients(const PostDirect& post) {
    for (const PostDirect::Copy& copy : post.copies) {
        if (copy.to == post.sender) continue;  // nobody is unknown to himself, or can shut himself out
        if (!is_known(copy.to)) return ChatError::unknown_recipient;
        if (tables_.is_blocked(copy.to, post.sender)) return ChatError::blocked;
    }
    return std::nullopt;
}

std::vector<EntryHeader> Rules::write_copies(const PostDirect& post) {
    std::vector<EntryHeader> entries;
    entries.reserve(post.copies.size());
    for (const PostDirect::Copy& copy : post.copies) {
        EntryHeader header;
        header.conversation = tables_.direct_conversation(post.sender, copy.to);
        header.seq = next(tables_.last_seq(header.conversation));
        header.id = copy.id;
        header.sender = post.sender;
        header.at = post.at;
        header.kind = post.kind;
        header.position = tables_.insert_entry(header, post.body);
        entries.push_back(header);
    }
    return entries;
}

ChangeResult Rules::operator()(const PostDirect& change) {
    if (tables_.account_state(change.sender) != AccountState::active) return refuse(ChatError::account_disabled);
    if (!change.key) {
        if (const Refusal why = refusal_of_recipients(change)) return refuse(*why);
        return Posted{write_copies(change)};
    }

    // Before the recipients are looked at: what was stored stays true, even if one of them has blocked the sender
    // since.
    const auto& [client, number] = *change.key;
    if (number < 1) return refuse(ChatError::key_expired);
    const Digest request = fingerprint(change);
    if (std::optional<KeptAnswer> kept = tables_.kept_answer(change.sender, client, number)) {
        if (kept->request != request) return refuse(ChatError::key_conflict);
        return Posted{std::move(kept->entries), true};
    }
    const std::int64_t last = tables_.last_key_number(change.sender, client);
    if (number <= last - idempotency_window) return refuse(ChatError::key_expired);
    if (const Refusal why = refusal_of_recipients(change)) return refuse(*why);

    // The table of client ids grows only here, so here is where the idle ones make room.
    if (last == 0) tables_.forget_idle_clients(change.at - idempotency_idle_max);
    Posted posted{write_copies(change)};
    const KeptAnswer answer{request, posted.entries};
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
    if (!is_known(change.owner) || !is_known(change.other)) return refuse(ChatError::unknown_user);
    tables_.set_block(change.owner, change.other, change.blocked);
    return Done{};
}

ChangeResult Rules::operator()(const ReplaceBody& change) {
    return done_if(tables_.replace_body(change.conversation, change.seq, change.body));
}

ChangeResult Rules::operator()(const EraseBody& change) {
    return done_if(tables_.erase_body(change.conversation, change.seq));
}

}  // namespace

ChangeResult apply_change(Tables& tables, const Change& change) {
    Rules rules(tables);
    return std::visit(rules, change);
}

}  // namespace obrol
