// Whether users of this server are willing to be in a group of another one: nobody else decides that.
#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "core/chat_peering.h"
#include "core/chat_state.h"

namespace obrol {

// Whether his first message would be a request.
Task<std::expected<bool, ChatError>> ChatPeering::is_stranger(const User& from, const User& to) {
    if (!from.server || state_.options.peers.strangers != PeerOptions::Strangers::request) co_return false;
    const auto waiting = co_await state_.strangers_for(to.id);
    if (!waiting) co_return Failure<ChatError>(waiting.error());
    if ((*waiting)->contains(from.id)) co_return true;
    const auto written = co_await state_.parts.store.find_direct(to.id, from.id);
    if (!written) co_return Failure<ChatError>(state_.unavailable(written.error()));
    if (*written) co_return false;
    const Result<std::vector<UserId>> contacts = co_await state_.parts.store.contacts(to.id);
    if (!contacts) co_return Failure<ChatError>(state_.unavailable(contacts.error()));
    co_return std::ranges::find(*contacts, from.id) == contacts->end();
}

// Somebody of this server enters by a request of it, under whose id the home notes that he came. What was signed here,
// for a group that was at home here, is this server's own word; and what a home noted before its group was adopted is
// known from the group as it was called then. A store that was put back may have forgotten what it asked for.
Task<std::expected<bool, ChatError>> ChatPeering::is_willing(const Said& said, MessageId entry, UserId user) {
    if (is_own_key(said.signed_for.home) || epoch_ > 1) co_return true;
    if (const Server* home = servers_.with_any_key(said.signed_for.home)) {
        const auto asked = co_await state_.parts.store.outbox_fate(home->id, entry);
        if (!asked) co_return Failure<ChatError>(state_.unavailable(asked.error()));
        if (*asked) co_return true;
    }
    if (said.signed_for == said.group) co_return false;
    const auto former = co_await group_called(said.signed_for);
    if (!former && former.error() != ChatError::not_found) co_return Failure<ChatError>(former.error());
    co_return former && (*former)->role_of(user) != nullptr;
}

// The others who are said to have come do not: the note stays as its home has it, and makes no members of them.
Task<std::expected<void, ChatError>> ChatPeering::keep_to_the_willing(Said said, GroupTranslation::Local& local) {
    AppendReplica::Entry& entry = local.entry;
    if (entry.erased) co_return std::expected<void, ChatError>();
    const std::optional<MemberNote> note = parse_member_note(entry.body);
    if (!note) co_return std::expected<void, ChatError>();
    using Action = MemberNote::Action;
    const bool bring_in = note->action == Action::join || note->action == Action::invite;
    if (!bring_in && note->action != Action::create) co_return std::expected<void, ChatError>();
    std::vector<UserId> all = entry.who;
    if (note->action == Action::create) all.push_back(entry.header.sender);
    for (const UserId id : all) {
        const auto user = co_await state_.user_of(id);
        if (!user) co_return Failure<ChatError>(user.error());
        if ((*user)->server || said.here->role_of(id)) continue;
        const auto willing = co_await is_willing(said, entry.header.id, id);
        if (!willing) co_return Failure<ChatError>(willing.error());
        if (*willing) continue;
        const Server* from = servers_.find(said.from);
        complain(Wrong::member, fmt::format("groups: {} says that {} is in its group #{}, who has not asked for that",
                                            from ? from->label : std::string(), (*user)->card.name, said.group.id));
        // A group cannot be without whoever made it.
        if (id == entry.header.sender && note->action == Action::create)
            co_return Failure<ChatError>(ChatError::not_allowed);
        std::erase(entry.who, id);
    }
    co_return std::expected<void, ChatError>();
}

}  // namespace obrol
