// What users of this server do in groups that are at home on another one: that server decides, and its answer comes as
// an entry of the group's log, or as a refusal. What it does not answer in time stays queued.
#include <utility>

#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {
namespace {

Author author_of(const User& user) {
    return {user.card.name, user.card.display_name, user.card.country};
}

}  // namespace

Task<std::expected<Chat::State::SentElsewhere, Refused>> Chat::State::send_elsewhere(UserRef from, GroupRef group,
                                                                                     EntryKind kind, std::string body,
                                                                                     std::optional<IdempotencyKey> key,
                                                                                     std::string key_content,
                                                                                     Serial::Turn* turn) {
    const Group& where = group->group;
    const auto refuse = [](ChatError why, std::string subject = {}) {
        return Failure<Refused>(Refused{why, std::move(subject), false});
    };
    // Under a key it may have been sent before, when he was a member; else the home refuses it.
    if (!key && !group->role_of(from->id)) co_return refuse(ChatError::not_a_member);
    const auto name = peering.translation().global(where);
    if (!name) co_return refuse(ChatError::server_not_connected, where.card.id);
    GroupPost post;
    post.group = name->id;
    post.from = author_of(*from);
    post.kind = kind;
    post.body = std::move(body);
    stamp(post);
    SentElsewhere sent;
    sent.at = post.at;
    QueueItem queue = queued_for(where.home, from->id, post.id, post.at);
    queue.payload = encode(PeerItem(std::move(post)));
    queue.key = std::move(key);
    queue.key_content = std::to_string(where.conversation.value) + ' ' + std::move(key_content);
    GroupCommit::Submission submission = parts.commits.submit(std::move(queue));
    if (turn) turn->end();  // the place in the commit order is taken
    const ChangeResult result = co_await submission;
    if (!result) co_return refuse(result.error());

    const ItemQueued queued = std::get<ItemQueued>(*result);
    sent.id = queued.id;
    std::vector<ChatPeering::Sent> items(1, ChatPeering::Sent{where.home, queued.id});
    std::expected<std::vector<Outcome>, ChatError> outcomes;
    if (queued.repeated)
        outcomes = co_await peering.delivered_before(std::move(items));
    else
        outcomes = co_await peering.deliver(std::move(items));
    if (!outcomes) co_return refuse(outcomes.error());
    const Outcome outcome = outcomes->front();
    if (!outcome) co_return refuse(outcome.error());
    sent.delivery = *outcome;
    co_return sent;
}

Task<Reply> Chat::State::post_elsewhere(UserRef from, GroupRef group, SendToGroup request, Serial::Turn& turn) {
    const auto sent = co_await send_elsewhere(from, group, EntryKind::message, request.text, std::move(request.key),
                                              request.text, &turn);
    if (!sent) co_return Reply(sent.error());
    const Group& where = group->group;
    MessageSent answer;
    answer.at = sent->at;
    answer.copies.push_back({'#' + where.card.id, where.conversation, Seq(), sent->id, sent->delivery});
    if (request.names_members) {
        auto reach = co_await reach_of(group, from->id, sent->delivery);
        if (!reach) co_return refused(reach.error());
        answer.reach = std::move(*reach);
    }
    co_return answer;
}

QueueItem Chat::State::queued_for(ServerId server, UserId sender, MessageId id, WallTime at) const {
    QueueItem queue;
    queue.to = server;
    queue.sender = sender;
    queue.id = id;
    queue.at = at;
    queue.queue_max = options.peers.queue_items_max;
    return queue;
}

// Whom a post has reached that is at home here (`at_home` done), or not there yet (queued).
Task<std::expected<GroupReach, ChatError>> Chat::State::reach_of(GroupRef group, UserId sender, Delivery at_home) {
    GroupReach reach;
    const auto readers = co_await users_of(*group->readers);
    if (!readers) co_return Failure<ChatError>(readers.error());
    for (const UserRef& reader : *readers) {
        if (reader->id == sender) continue;
        const ServerId server = reader->server;
        const bool is_there =
            at_home == Delivery::done && (!server || server == group->group.home || peering.is_up(server));
        (is_there ? reach.reached : reach.queued).push_back(reader->card.name);
    }
    co_return reach;
}

Task<std::expected<Delivery, Refused>> Chat::State::ask_home(const Client& client, UserRef by, ServerId home,
                                                             GroupRequest request) {
    if (std::optional<Refused> limited = count_send(client, by->id)) co_return Failure<Refused>(std::move(*limited));
    if (std::optional<Refused> unreachable = peering.refusal_to_reach(home))
        co_return Failure<Refused>(std::move(*unreachable));
    request.from = author_of(*by);
    stamp(request);
    QueueItem queue = queued_for(home, by->id, request.id, request.at);
    const bool is_awaited = request.action == GroupRequest::Action::join && peering.is_up(home);
    const ChatPeering::Sent sent{home, request.id};
    // Whoever comes is shown the group: that is here when its log is.
    std::optional<Verdicts::Wait> arrival;
    if (is_awaited) arrival.emplace(peering.arrivals(), home, request.id);
    queue.payload = encode(PeerItem(std::move(request)));
    const ChangeResult result = co_await parts.commits.submit(std::move(queue));
    if (!result) co_return Failure<Refused>(Refused{result.error(), {}, false});
    std::vector<ChatPeering::Sent> items(1, sent);
    const std::vector<Outcome> outcomes = co_await peering.deliver(std::move(items));
    const Outcome outcome = outcomes.front();
    if (!outcome) co_return Failure<Refused>(Refused{outcome.error(), {}, false});
    if (!arrival || *outcome == Delivery::queued) co_return *outcome;
    Verdicts::Wait& wait = *arrival;
    const Outcome arrived = co_await wait;
    co_return arrived.value_or(Delivery::queued);
}

Task<Reply> Chat::State::join_elsewhere(const Client& client, UserRef user, JoinGroup join) {
    const Server* home = peering.known(join.server);
    if (!home) co_return refused(ChatError::unknown_server, join.server);
    const ServerId server = home->id;
    const std::string label = home->label;
    GroupRequest request;
    request.action = GroupRequest::Action::join;
    request.code = name_key(join.code);
    if (!is_join_code(request.code)) co_return refused(ChatError::unknown_group, join.code);
    const auto joined = co_await ask_home(client, user, server, std::move(request));
    if (!joined) co_return Reply(joined.error());
    if (*joined == Delivery::queued) co_return Queued{label};
    // The last that he came to.
    Result<std::vector<Membership>> memberships = co_await parts.store.groups_of(user->id);
    if (!memberships) co_return refused(unavailable(memberships.error()));
    while (!memberships->empty() && memberships->back().group.home != server)
        memberships->pop_back();
    if (memberships->empty()) co_return Queued{label};
    Membership& last = memberships->back();
    GroupView view{std::move(last.group.card), last.group.conversation, std::move(last.group.code), last.role,
                   last.members};
    co_return GroupJoined{std::move(view), false};
}

// A change of a group at home elsewhere, in which `who` are those that it is about.
Task<Reply> Chat::State::change_elsewhere(const Client& client, UserRef by, GroupRef group, GroupRequest request,
                                          Reply done) {
    const Group& where = group->group;
    const auto name = peering.translation().global(where);
    const Server* home = peering.known(where.home);
    if (!name || !home) co_return refused(ChatError::server_not_connected, where.card.id);
    const std::string label = home->label;
    if (!group->role_of(by->id)) co_return refused(ChatError::not_a_member);
    request.group = name->id;
    const auto asked = co_await ask_home(client, by, where.home, std::move(request));
    if (!asked) co_return Reply(asked.error());
    if (*asked == Delivery::queued) co_return Queued{label};
    co_return done;
}

Task<Reply> Chat::State::invite_elsewhere(const Client& client, UserRef by, GroupRef group, std::vector<Named> named) {
    const auto name = peering.translation().global(group->group);
    if (!name) co_return refused(ChatError::server_not_connected, group->group.card.id);
    MembersAdded answer;
    answer.group = group->group.card;
    for (Named& one : named) {
        if (!one.user) {
            answer.failed.push_back({std::move(one.name), *one.refusal});
            continue;
        }
        GroupRequest request;
        request.group = name->id;
        request.action = GroupRequest::Action::invite;
        request.who.push_back(peering.translation().global(*one.user));
        const auto asked = co_await ask_home(client, by, group->group.home, std::move(request));
        if (!asked)
            answer.failed.push_back({std::move(one.name), asked.error().why});
        else if (*asked == Delivery::queued || (one.user->server && one.user->server != group->group.home))
            answer.pending.push_back(one.user->card.name);
        else
            answer.added.push_back(one.user->card.name);
    }
    if (answer.added.empty() && answer.pending.empty()) co_return refusal_of_all(answer.failed);
    co_return answer;
}

// Users of other servers are asked through their servers; each for himself.
Task<std::vector<NameRefused>> Chat::State::invite_remote(UserRef by, GroupRef group, std::vector<UserRef> who,
                                                          std::vector<std::string>& pending) {
    std::vector<NameRefused> failed;
    for (const UserRef& user : who) {
        const MessageId id = Uuid::version7(parts.timers.clock().wall_now(), parts.random);
        InviteRemote invite = peering.invitation_of(*by, *user, *group, id);
        const ChangeResult result = co_await parts.commits.submit(std::move(invite));
        if (!result) {
            failed.push_back({user->card.name, result.error()});
            continue;
        }
        pending.push_back(user->card.name);
        if (Links* links = peering.links()) links->wake(user->server);
    }
    co_return failed;
}

}  // namespace obrol
