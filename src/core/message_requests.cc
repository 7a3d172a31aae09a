// Requests that send messages.
#include <utility>

#include "core/chat_state.h"
#include "core/remote_users.h"

namespace obrol {

std::optional<Refused> Chat::State::count_send(const Client& client, UserId user) {
    if (const auto wait = parts.commits.is_full_for()) return refusal(ChatError::busy, *wait);
    if (!is_limited(client)) return std::nullopt;
    auto wait = sends_per_user.take(std::to_string(user.value), now());
    if (!wait) wait = sends_per_source.take(client.source_, now());
    if (!wait) return std::nullopt;
    return refusal(ChatError::too_many_messages, *wait);
}

std::optional<Refused> Chat::State::find_correspondents_now(Client& client, const std::optional<Token>& token,
                                                            const std::vector<Address>& to, Correspondents& found) {
    found.from = authorize_user_now(client, token);
    if (!found.from) return std::nullopt;
    if (std::optional<Refused> limited = count_send(client, found.from->id)) return limited;
    if (UserRef known = resolve_now(to)) found.to.push_back(std::move(known));
    return std::nullopt;
}

Task<std::optional<Refused>> Chat::State::find_correspondents(Client& client, std::optional<Token> token,
                                                              std::vector<Address> to, Correspondents& found) {
    if (!found.from) {
        auto from = co_await authorize_user(client, token);
        if (!from) co_return refusal(from.error());
        found.from = std::move(*from);
        if (std::optional<Refused> limited = count_send(client, found.from->id)) co_return limited;
    }
    if (to.size() > options.recipients_max) co_return refusal(ChatError::too_many_recipients);
    auto users = co_await resolve(std::move(to));
    if (!users) co_return std::move(users.error());
    found.to = std::move(*users);
    found.is_remote = has_remote(found.to);
    if (!found.is_remote) co_return std::nullopt;
    if (std::optional<Refused> unreachable = peering.refusal_to_reach(found.to)) co_return unreachable;
    auto waiting = co_await strangers_for(found.from->id);
    if (!waiting) co_return refusal(waiting.error());
    found.held = std::move(*waiting);
    co_return std::nullopt;
}

PostDirect Chat::State::post_of(const Correspondents& who, SendMessage& request) {
    PostDirect post;
    post.sender = who.from->id;
    post.at = parts.timers.turn_clock().wall_now();
    post.copies.reserve(who.to.size());
    for (const UserRef& user : who.to)
        post.copies.push_back({user->id, Uuid::version7(post.at, parts.random)});
    post.body = request.text;
    post.key = std::move(request.key);
    post.queue_max = options.peers.queue_items_max;
    return post;
}

MessageSent Chat::State::answer_to_post(const Correspondents& who, const Posted& posted) {
    MessageSent sent;
    sent.at = posted.entries.front().at;
    sent.copies.reserve(posted.entries.size());
    for (std::size_t i = 0; i < posted.entries.size(); ++i) {
        const EntryHeader& entry = posted.entries[i];
        sent.copies.push_back({who.to[i]->card.name, entry.conversation, entry.seq, entry.id});
    }
    return sent;
}

void Chat::State::announce_post(const Correspondents& who, const Posted& posted, std::string text) {
    if (posted.repeated) return;
    const auto announce_copy = [&](std::size_t i, std::string body) {
        if (who.is_remote) stranger_settled(who.from, who.to[i]);
        announce(who.from, who.to[i], posted.entries[i], std::move(body));
    };
    const std::size_t last = posted.entries.size() - 1;
    for (std::size_t i = 0; i < last; ++i)
        announce_copy(i, text);
    announce_copy(last, std::move(text));
}

// The busiest request there is: what the caches know is settled without a detour through further tasks. A thousand of
// them may be under way, so that it holds in itself what it needs until it is answered, and nothing else.
Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendMessage request) {
    Serial::Turn turn = co_await client.admission_.enter();
    Correspondents who;
    std::optional<Refused> denied = find_correspondents_now(client, token, request.to, who);
    if (!denied && who.to.empty()) denied = co_await find_correspondents(client, token, std::move(request.to), who);
    if (denied) co_return Reply(std::move(*denied));

    GroupCommit::Submission submission = parts.commits.submit(post_of(who, request));
    turn.end();  // the place in the commit order is taken
    const ChangeResult& result = co_await submission;
    if (!result) co_return Reply(refusal_of_post(peering, result.error(), who.to));
    const Posted& posted = std::get<Posted>(*result);
    announce_post(who, posted, std::move(request.text));
    MessageSent sent = answer_to_post(who, posted);
    if (who.is_remote) {
        denied = co_await add_outcomes(sent, who.to, posted.repeated);
        if (denied) co_return Reply(std::move(*denied));
    }
    co_return sent;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendToGroup request) {
    Serial::Turn turn = co_await client.admission_.enter();
    UserRef from = authorize_user_now(client, token);
    if (!from) {
        auto found = co_await authorize_user(client, token);
        if (!found) co_return refused(found.error());
        from = std::move(*found);
    }
    if (std::optional<Refused> limited = count_send(client, from->id)) co_return Reply(std::move(*limited));
    GroupRef group = resolve_group_now(from->id, request.group);
    if (!group) {
        auto found = co_await resolve_group(client, from->id, std::move(request.group));
        if (!found) co_return Reply(std::move(found.error()));
        group = std::move(*found);
    }
    if (group->group.home) co_return co_await post_elsewhere(from, group, std::move(request), turn);

    PostToGroup post;
    post.sender = from->id;
    post.group = group->group.conversation;
    stamp(post);
    post.body = request.text;
    post.key = std::move(request.key);
    GroupCommit::Submission submission = parts.commits.submit(std::move(post));
    turn.end();
    const ChangeResult& result = co_await submission;
    if (!result) co_return refused(result.error());

    const Posted& posted = std::get<Posted>(*result);
    const EntryHeader& entry = posted.entries.front();
    MessageSent sent;
    sent.at = entry.at;
    sent.copies.push_back({'#' + group->group.card.id, entry.conversation, entry.seq, entry.id});
    if (!posted.repeated) announce(from, group, entry, std::move(request.text));
    if (!request.names_members) co_return sent;
    auto reach = co_await reach_of(group, from->id, Delivery::done);
    if (!reach) co_return refused(reach.error());
    sent.reach = std::move(*reach);
    co_return sent;
}

// Whoever reads the log finds entries of other kinds there.
void Chat::State::announce(const UserRef& from, const UserRef& to, const EntryHeader& header, std::string body) {
    if (!counts_as_unread(header.kind)) return;
    std::shared_ptr<const Event> event;
    if (fanout.is_listening(from->id) || fanout.is_listening(to->id))
        event = std::make_shared<const Event>(
            MessageEvent{LogEntry{header, std::move(body), false}, from->card, to->card, std::nullopt});
    parts.bus.publish({header, std::move(event), EntryReaders(from->id, to->id)});
}

void Chat::State::announce(const UserRef& from, const GroupRef& group, const EntryHeader& header, std::string body) {
    if (counts_as_unread(header.kind)) {
        std::shared_ptr<const Event> event;
        if (fanout.is_anybody_listening())
            event = std::make_shared<const Event>(
                MessageEvent{LogEntry{header, std::move(body), false}, from->card, UserCard(), group->group.card});
        parts.bus.publish({header, std::move(event), EntryReaders(group->readers)});
    }
    peering.group_advanced(group->group);
}

}  // namespace obrol
