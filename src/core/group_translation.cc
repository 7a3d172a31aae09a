#include "core/group_translation.h"

#include <algorithm>
#include <utility>

#include "base/crypto/sha256.h"
#include "base/crypto/signing.h"
#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "core/remote_users.h"
#include "model/name.h"

namespace obrol {
namespace {

// A log has an entry for each user whom it names, and those are what is limited (PeerOptions::items_per_server).
constexpr std::size_t in_logs_max = 0;

GroupEntry entry_of(const GlobalUser& from, const GroupPost& post) {
    GroupEntry entry;
    entry.id = post.id;
    entry.from = from;
    entry.kind = post.kind;
    entry.at = post.at;
    entry.body_digest = sha256(post.body);
    return entry;
}

}  // namespace

bool GroupTranslation::is_post(EntryKind kind) {
    return kind != EntryKind::member && kind != EntryKind::notice && kind != EntryKind::bounce;
}

std::optional<GlobalGroup> GroupTranslation::global(const Group& group) const {
    if (!group.home) return GlobalGroup{state_.parts.key.public_key(), group.card.id};
    const std::optional<PublicKey> home = peering_.key_of(group.home);
    if (!home) return std::nullopt;
    return GlobalGroup{*home, group.card.id.substr(0, group.card.id.find('@'))};
}

GlobalUser GroupTranslation::global(const User& user) const {
    if (!user.server) return {state_.parts.key.public_key(), state_.options.server_label, user.card.name};
    const Server* server = peering_.known(user.server);
    if (!server) return {PublicKey{}, {}, name_at_home(user)};
    return {peering_.key_of(user.server).value_or(PublicKey{}), server->label, name_at_home(user)};
}

Task<std::expected<UserRef, ChatError>> GroupTranslation::local(GlobalUser user, ServerId by, std::size_t users_max) {
    if (check_user_name(user.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    if (peering_.is_own_key(user.server)) {
        const Result<UserRef> found = co_await state_.accounts.find(user.name);
        if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
        if (!*found) co_return Failure<ChatError>(ChatError::unknown_recipient);
        co_return *found;
    }
    const auto server = co_await peering_.heard_of(user.server, std::move(user.label), by);
    if (!server) co_return Failure<ChatError>(server.error());
    const Result<UserRef> found = co_await state_.accounts.find(*server, user.name);
    if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
    if (*found) co_return *found;
    Author author{std::move(user.name), {}, {}};
    co_return co_await state_.meet(*server, std::move(author), by, users_max);
}

// Of a note. Whom this server does not have is none of its members, whatever another one says.
Task<std::expected<std::vector<UserRef>, ChatError>> GroupTranslation::local(std::vector<GlobalUser> users,
                                                                             ServerId by) {
    std::vector<UserRef> found;
    for (GlobalUser& user : users) {
        auto one = co_await local(std::move(user), by, in_logs_max);
        if (!one && one.error() == ChatError::unknown_recipient) continue;
        if (!one) co_return Failure<ChatError>(one.error());
        found.push_back(std::move(*one));
    }
    co_return found;
}

std::string GroupTranslation::local_body(EntryKind kind, std::string body, ServerId author) const {
    const Server* server = author ? peering_.known(author) : nullptr;
    if (kind != EntryKind::file || !server) return body;
    std::optional<FileCard> card = parse_file_card(body);
    if (!card) return body;
    card->code += '@' + name_key(server->label);  // codes are compared without case
    return encode(*card);
}

std::string GroupTranslation::global_body(EntryKind kind, std::string body) {
    if (kind != EntryKind::file) return body;
    std::optional<FileCard> card = parse_file_card(body);
    if (!card) return body;
    card->code = card->code.substr(0, card->code.find('@'));
    return encode(*card);
}

GroupPost GroupTranslation::sign(const GlobalGroup& group, GroupPost post) const {
    const GlobalUser from{state_.parts.key.public_key(), state_.options.server_label, post.from.name};
    post.signature = state_.parts.key.sign(signed_text(group, entry_of(from, post)));
    return post;
}

bool GroupTranslation::is_signed(const GlobalGroup& group, const GlobalUser& from, const GroupPost& post) const {
    return is_signed_by(from.server, signed_text(group, entry_of(from, post)), post.signature);
}

// The people of a note stand in it as they are called here.
Task<std::expected<std::string, ChatError>> GroupTranslation::to_global(const std::string& note) {
    std::optional<MemberNote> parsed = parse_member_note(note);
    if (!parsed) co_return Failure<ChatError>(ChatError::bad_argument);
    GlobalMemberNote global_note{parsed->action, parsed->role, {}};
    for (const std::string& name : parsed->who) {
        const Address address = parse_address(name);
        if (address.server.empty()) {
            global_note.who.push_back({state_.parts.key.public_key(), state_.options.server_label, address.name});
            continue;
        }
        const Server* server = peering_.known(address.server);
        const auto key = server ? peering_.key_of(server->id).value_or(PublicKey{}) : PublicKey{};
        global_note.who.push_back({key, address.server, address.name});
    }
    co_return encode(global_note);
}

Task<std::expected<GroupEntry, ChatError>> GroupTranslation::to_global(const Group& group, LogEntry entry,
                                                                       std::optional<EntrySignature> kept) {
    const auto where = global(group);
    if (!where) co_return Failure<ChatError>(ChatError::unknown_server);
    const auto from = co_await state_.user_of(entry.header.sender);
    if (!from) co_return Failure<ChatError>(from.error());
    GroupEntry out;
    out.seq = entry.header.seq;
    out.id = entry.header.id;
    out.from = global(**from);
    out.display_name = (*from)->card.display_name;
    out.kind = entry.header.kind;
    out.at = entry.header.at;
    out.erased = entry.erased;
    if (!entry.erased) {
        out.body = global_body(out.kind, std::move(entry.body));
        if (out.kind == EntryKind::member) {
            auto note = co_await to_global(out.body);
            if (!note) co_return Failure<ChatError>(note.error());
            out.body = std::move(*note);
        }
        if (kept && !kept->note.empty()) out.body = std::move(kept->note);
        out.body_digest = sha256(out.body);
    }
    out.signed_for = *where;
    // What is kept of an own note is only whom it named.
    if (!kept || kept->signature == Signature{}) {
        out.signature = state_.parts.key.sign(signed_text(out.signed_for, out));
        co_return out;
    }
    out.signature = kept->signature;
    if (kept->signed_for.home != PublicKey{}) out.signed_for = std::move(kept->signed_for);
    if (kept->author != PublicKey{}) out.from.server = kept->author;
    co_return out;
}

Task<std::expected<GroupTranslation::Local, ChatError>> GroupTranslation::to_local(const GlobalGroup& group,
                                                                                   ConversationId conversation,
                                                                                   GroupEntry entry, ServerId by) {
    const Failure<ChatError> bad(ChatError::bad_argument);
    if (entry.signed_for != group && !peering_.was_called(group, conversation, entry.signed_for, entry.seq))
        co_return Failure<ChatError>(ChatError::server_differs);
    const PublicKey signer = is_post(entry.kind) ? entry.from.server : entry.signed_for.home;
    if (entry.erased) {
        // What it said is gone, and its digest with it.
        entry.body.clear();
    } else if (sha256(entry.body) != entry.body_digest ||
               !is_signed_by(signer, signed_text(entry.signed_for, entry), entry.signature)) {
        co_return bad;
    }
    Local out;
    // What this server signed itself it signs anew.
    if (!peering_.is_own_key(signer))
        out.entry.signature = EntrySignature{entry.signature, entry.signed_for, entry.from.server, {}};
    Author author{entry.from.name, entry.display_name, {}};
    auto from = co_await local(std::move(entry.from), by, in_logs_max);
    if (!from) co_return Failure<ChatError>(from.error());
    if ((*from)->server) {
        auto shown = co_await peering_.author((*from)->server, std::move(author), by, in_logs_max);
        if (!shown) co_return Failure<ChatError>(shown.error());
        *from = std::move(*shown);
    }
    out.from = std::move(*from);
    EntryHeader& header = out.entry.header;
    header.seq = entry.seq;
    header.id = entry.id;
    header.sender = out.from->id;
    header.at = entry.at;
    header.kind = entry.kind;
    out.entry.erased = entry.erased;
    if (entry.erased) co_return out;

    if (entry.kind == EntryKind::member) {
        std::optional<GlobalMemberNote> note = parse_global_member_note(entry.body);
        if (!note) co_return bad;
        auto who = co_await local(std::move(note->who), by);
        if (!who) co_return Failure<ChatError>(who.error());
        MemberNote here{note->action, note->role, {}};
        for (const UserRef& user : *who) {
            here.who.push_back(user->card.name);
            out.entry.who.push_back(user->id);
        }
        out.entry.body = encode(here);
        const bool names_others = std::ranges::any_of(*who, [](const UserRef& user) { return bool(user->server); });
        if (!out.entry.signature && names_others) out.entry.signature.emplace();
        if (out.entry.signature) out.entry.signature->note = std::move(entry.body);
        co_return out;
    }
    if (ChatPeering::problem_of_body_in_log(entry.kind, entry.body)) co_return bad;
    out.entry.body = local_body(entry.kind, std::move(entry.body), out.from->server);
    co_return out;
}

}  // namespace obrol
