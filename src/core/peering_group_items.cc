// What users of other servers ask of groups at home here, and invitations into groups at home there.
#include <fmt/core.h>
#include <utility>

#include "core/chat_peering.h"
#include "core/chat_state.h"
#include "core/codes.h"
#include "core/remote_users.h"

namespace obrol {
namespace {

using Action = GroupRequest::Action;

KickFromGroup::Action removal_of(Action action) {
    switch (action) {
        case Action::ban:
            return KickFromGroup::Action::ban;
        case Action::unban:
            return KickFromGroup::Action::unban;
        default:
            return KickFromGroup::Action::kick;
    }
}

constexpr Duration recovery_pause = std::chrono::milliseconds(100);

}  // namespace

// A group that takes up its log again after a restore takes posts in a moment: until then they wait, rather than come
// back to their authors. False: it takes none yet, and nobody waits any more, because everything else of that server
// would wait behind him.
Task<bool> ChatPeering::is_open(ConversationId group) {
    // The first epoch is that of a store that was never put back.
    if (epoch_ == 1) co_return true;
    for (;;) {
        const Result<bool> recovering = co_await state_.parts.store.is_recovering(group);
        if (recovering && !*recovering) co_return true;
        if (is_stopping_ || state_.now() >= recovery_awaited_until_) co_return false;
        co_await sleep_for(state_.parts.timers, recovery_pause);
    }
}

// The post may have been on its way when one of the two servers got another key.
std::optional<EntrySignature> ChatPeering::signature_of(const Server& server, const GroupPost& post) const {
    std::vector<PublicKey> homes{state_.parts.key.public_key()};
    if (!own_former_keys_.empty()) homes.push_back(own_former_keys_.back());
    std::vector<PublicKey> authors{*server.key};
    if (const std::optional<PublicKey> previous = servers_.previous_key(server)) authors.push_back(*previous);
    for (const PublicKey& home : homes) {
        for (const PublicKey& author : authors) {
            const GlobalGroup name{home, post.group};
            const GlobalUser from{author, server.label, post.from.name};
            if (translation_.is_signed(name, from, post)) return EntrySignature{post.signature, name, author, {}};
        }
    }
    return std::nullopt;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, GroupPost post) {
    Arrival arrival;
    const GlobalGroup name{state_.parts.key.public_key(), post.group};
    const auto group = co_await group_called(name);
    if (!group && group.error() != ChatError::not_found) co_return Failure<ChatError>(group.error());
    const Server* server = servers_.find(from);
    if (!group || !server || !server->key) {
        arrival.why = ChatError::unknown_group;
        co_return arrival;
    }
    std::optional<EntrySignature> signature = signature_of(*server, post);
    arrival.why = problem_of_body(post.kind, post.body);
    if (!signature) {
        complain(Wrong::signature, fmt::format("groups: {} has sent a post to #{} that nobody there has signed",
                                               server->label, (*group)->group.card.id));
        arrival.why = ChatError::bad_argument;
    }
    const WallTime now = state_.parts.timers.clock().wall_now();
    const PeerOptions& options = state_.options.peers;
    const WallTime latest = now + std::chrono::floor<std::chrono::milliseconds>(options.clock_ahead_max);
    // The time is signed, so it cannot be put right.
    if (post.at < WallTime() || post.at > latest) arrival.why = ChatError::bad_argument;
    if (arrival.why) co_return arrival;
    const ConversationId conversation = (*group)->group.conversation;
    const bool is_ready = co_await is_open(conversation);
    if (!is_ready) arrival.why = ChatError::home_recovering;
    if (arrival.why) co_return arrival;
    auto sender = co_await author(from, std::move(post.from), from, state_.options.peers.users_max);
    if (!sender) co_return without_author(sender.error());
    arrival.by = (*sender)->id;
    PostToGroup change;
    change.sender = (*sender)->id;
    change.group = (*group)->group.conversation;
    change.id = post.id;
    change.kind = post.kind;
    change.at = post.at;
    change.signature = std::move(signature);
    std::string body = translation_.local_body(post.kind, std::move(post.body), from);
    if (post.kind == EntryKind::file) change.file = file_elsewhere(body, true);
    change.body = body;
    arrival.carry_out(std::move(change));
    arrival.announce = [this, from_user = *sender, to = *group, body = std::move(body)](const ChangeDone& done) {
        const auto* posted = std::get_if<Posted>(&done);
        if (!posted) return;
        state_.announce(from_user, to, posted->entries.front(), body);
        state_.folders.place(posted->folders);
    };
    co_return arrival;
}

Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, GroupRequest request) {
    Arrival arrival;
    std::expected<GroupRef, ChatError> group = GroupRef();
    if (request.action == Action::join) {
        const Result<GroupRef> found = co_await state_.groups.find_by_code(request.code);
        if (!found) co_return Failure<ChatError>(state_.unavailable(found.error()));
        group = *found;
    } else {
        GlobalGroup name{state_.parts.key.public_key(), request.group};
        group = co_await group_called(std::move(name));
        if (!group && group.error() != ChatError::not_found) co_return Failure<ChatError>(group.error());
    }
    if (!group || !*group || (*group)->group.home) {
        arrival.why = ChatError::unknown_group;
        co_return arrival;
    }
    const ConversationId conversation = (*group)->group.conversation;
    const bool is_ready = co_await is_open(conversation);
    if (!is_ready) {
        arrival.why = ChatError::home_recovering;
        co_return arrival;
    }
    auto by = co_await author(from, std::move(request.from), from, state_.options.peers.users_max);
    if (!by) co_return without_author(by.error());
    arrival.by = (*by)->id;
    UserRef who = *by;
    if (!request.who.empty()) {
        // Whoever may not name anybody makes nobody known here.
        if (!(*group)->role_of((*by)->id)) {
            arrival.why = ChatError::not_a_member;
            co_return arrival;
        }
        const auto named =
            co_await translation_.local(std::move(request.who.front()), from, state_.options.peers.users_max);
        if (!named) {
            arrival.why = named.error();
            co_return arrival;
        }
        who = *named;
    }
    auto change = change_of(request, **by, *who, **group);
    if (!change) {
        arrival.why = change.error();
        co_return arrival;
    }
    arrival.carry_out(*std::move(change));
    arrival.announce = [this, by_user = *by, held = *group](const ChangeDone& done) {
        if (const auto* changed = std::get_if<GroupChanged>(&done)) state_.group_changed(by_user->card, *changed);
        if (const auto* queued = std::get_if<ItemQueued>(&done); queued && links_) wake_all();
    };
    co_return arrival;
}

// Rights are decided by the store in commit order, as for users of this server.
std::expected<Change, ChatError> ChatPeering::change_of(const GroupRequest& request, const User& by, const User& who,
                                                        const CachedGroup& group) {
    const ConversationId conversation = group.group.conversation;
    const WallTime at = state_.parts.timers.clock().wall_now();
    switch (request.action) {
        case Action::join:
            return EnterGroup{by.id, request.code, request.id, at, state_.group_limits()};
        case Action::accept:
            return AcceptInvitation{by.id, conversation, request.id, at, state_.options.group_members_max};
        case Action::leave:
            return QuitGroup{by.id, conversation, request.id, at};
        case Action::invite:
            if (group.role_of(who.id)) return std::unexpected(ChatError::already_member);
            if (who.server) return invitation_of(by, who, group, request.id);
            return AddMembers{by.id, conversation, {who.id}, request.id, at, state_.group_limits()};
        case Action::kick:
        case Action::ban:
        case Action::unban:
            return RemoveMember{by.id, conversation, who.id, removal_of(request.action), request.id, at};
        case Action::role:
            return SetMemberRole{by.id, conversation, who.id, request.role, request.id, at};
        case Action::renew_code:
            return std::unexpected(ChatError::not_allowed);  // the code is for those who are at home here
    }
    return std::unexpected(ChatError::unknown_command);
}

InviteRemote ChatPeering::invitation_of(const User& by, const User& who, const CachedGroup& group, MessageId id) const {
    GroupInvitation invitation;
    invitation.id = id;
    invitation.group = group.group.card;
    invitation.by = translation_.global(by);
    invitation.to = translation_.global(who).name;
    invitation.at = state_.parts.timers.clock().wall_now();
    InviteRemote invite;
    invite.by = by.id;
    invite.group = group.group.conversation;
    invite.who = who.id;
    invite.id = id;
    invite.at = invitation.at;
    invite.payload = encode(PeerItem(std::move(invitation)));
    invite.queue_max = state_.options.peers.queue_items_max;
    return invite;
}

// He is brought in as somebody of this server would be: at once, unless he has shut out whoever invites him, or does
// not know him.
Task<ChatPeering::Prepared> ChatPeering::arrival_of(ServerId from, GroupInvitation invitation) {
    Arrival arrival;
    const Result<UserRef> to = co_await state_.accounts.find(invitation.to);
    if (!to) co_return Failure<ChatError>(state_.unavailable(to.error()));
    if (!*to || (*to)->state == AccountState::deleted) {
        arrival.why = ChatError::unknown_recipient;
        co_return arrival;
    }
    const auto by = co_await translation_.local(std::move(invitation.by), from, state_.options.peers.users_max);
    if (!by) {
        arrival.why = by.error();
        co_return arrival;
    }
    const auto must_ask = co_await is_stranger(**by, **to);
    if (!must_ask) co_return Failure<ChatError>(must_ask.error());
    if (*must_ask) {
        arrival.why = ChatError::request_pending;
        co_return arrival;
    }
    const Result<std::vector<Membership>> groups = co_await state_.parts.store.groups_of((*to)->id);
    if (!groups) co_return Failure<ChatError>(state_.unavailable(groups.error()));
    const std::size_t groups_max = state_.options.groups_per_user_max;
    if (groups_max != 0 && groups->size() >= groups_max) {
        arrival.why = ChatError::too_many_groups;
        co_return arrival;
    }
    GroupRequest accept;
    accept.group = std::move(invitation.group.id);
    accept.from = Author{(*to)->card.name, (*to)->card.display_name, (*to)->card.country};
    accept.action = Action::accept;
    state_.stamp(accept);
    QueueItem queue;
    queue.to = from;
    queue.id = accept.id;
    queue.at = accept.at;
    queue.payload = encode(PeerItem(std::move(accept)));
    queue.queue_max = state_.options.peers.queue_items_max;
    queue.unless_blocked = QueueItem::Blocked{(*to)->id, (*by)->id};
    arrival.carry_out(std::move(queue));
    arrival.announce = [this, from](const ChangeDone&) {
        if (links_) links_->wake(from);
    };
    co_return arrival;
}

void ChatPeering::wake_all() {
    for (const Server& server : servers_.all())
        if (server.state == ServerState::connected) links_->wake(server.id);
}

}  // namespace obrol
