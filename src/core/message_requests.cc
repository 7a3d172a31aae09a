// Requests about messages: sending, fetching, looking back.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/chat_state.h"

namespace obrol {

// The busiest request there is: what the caches know is settled without a detour through further tasks.
Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SendMessage request) {
    Serial::Turn turn = co_await client.admission_.enter();
    std::optional<Authorized> session = authorize_now(client, token);
    if (!session) {
        Authorized found = co_await authorize(client, token);
        session.emplace(std::move(found));
    }
    if (!*session) co_return refused(session->error());
    UserRef from = accounts.cached((**session)->user());
    if (!from) {
        auto found = co_await user_of((**session)->user());
        if (!found) co_return refused(found.error());
        from = std::move(*found);
    }
    if (is_limited(client)) {
        auto wait = sends_per_user.take(std::to_string(from->id.value), now());
        if (!wait) wait = sends_per_source.take(client.source_, now());
        if (wait) co_return refused(ChatError::too_many_messages, *wait);
    }
    std::vector<UserRef> to;
    if (UserRef known = resolve_now(request.to)) {
        to.push_back(std::move(known));
    } else {
        auto found = co_await resolve(std::move(request.to));
        if (!found) co_return Reply(std::move(found.error()));
        to = std::move(*found);
    }

    const WallTime at = parts.timers.clock().wall_now();
    PostDirect post;
    post.sender = from->id;
    for (const UserRef& user : to)
        post.copies.push_back({user->id, Uuid::version7(at, parts.random)});
    post.body = request.text;
    post.at = at;
    post.key = std::move(request.key);
    GroupCommit::Submission submission = parts.commits.submit(std::move(post));
    turn.end();  // the place in the commit order is taken
    const ChangeResult result = co_await submission;
    if (!result) co_return refused(result.error());

    const Posted& posted = std::get<Posted>(*result);
    MessageSent sent;
    sent.at = posted.entries.front().at;
    for (std::size_t i = 0; i < posted.entries.size(); ++i) {
        const EntryHeader& entry = posted.entries[i];
        sent.copies.push_back({to[i]->card.name, entry.conversation, entry.seq, entry.id});
    }
    if (!posted.repeated) announce(from, to, posted, request.text);
    co_return sent;
}

void Chat::State::announce(const UserRef& from, const std::vector<UserRef>& to, const Posted& posted,
                           const std::string& text) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        ConversationAdvanced advanced;
        advanced.event = std::make_shared<const Event>(
            MessageEvent{LogEntry{posted.entries[i], text, false}, from->card, to[i]->card});
        advanced.from = from->id;
        std::vector<UserId> readers(1, from->id);
        if (to[i]->id != from->id) readers.push_back(to[i]->id);
        advanced.readers = std::make_shared<const std::vector<UserId>>(std::move(readers));
        parts.bus.publish(std::move(advanced));
    }
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchInbox) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto receiver = co_await user_of((*session)->user());
    if (!receiver) co_return refused(receiver.error());
    Result<Inbox::Taken> taken = co_await inbox.take((*receiver)->id);
    if (!taken) co_return refused(unavailable(taken.error()));

    InboxPage page;
    page.reservation = taken->reservation;
    page.more = taken->more;
    std::unordered_map<UserId, std::size_t> places;
    for (LogEntry& entry : taken->entries) {
        const auto [place, is_new] = places.try_emplace(entry.header.sender, page.senders.size());
        if (is_new) {
            const auto sender = co_await user_of(entry.header.sender);
            if (!sender) {
                inbox.release(taken->reservation);
                co_return refused(sender.error());
            }
            page.senders.push_back({(*sender)->card, {}});
        }
        page.senders[place->second].messages.push_back(
            {entry.header, (*receiver)->card.display_name, (*receiver)->card.name, std::move(entry.body)});
    }
    co_return page;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchHistory request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto self = co_await user_of((*session)->user());
    if (!self) co_return refused(self.error());
    auto peer = co_await resolve(std::move(request.with.address));
    if (!peer) co_return Reply(std::move(peer.error()));
    const auto conversation = co_await parts.store.find_direct((*self)->id, (*peer)->id);
    if (!conversation) co_return refused(unavailable(conversation.error()));

    HistoryPage page;
    page.self = (*self)->card;
    page.peer = (*peer)->card;
    if (!*conversation) co_return page;
    page.conversation = (*conversation)->conversation;
    EntryRange range;
    range.conversation = page.conversation;
    range.before = request.before;
    range.entries_max = std::min<std::size_t>(request.limit, options.history_entries_max);
    range.newest_first = true;
    std::vector<EntryRange> ranges(1, range);
    auto pages = co_await parts.store.read(std::move(ranges), options.inbox_bytes_max);
    if (!pages) co_return refused(unavailable(pages.error()));
    page.more = pages->front().more;
    for (LogEntry& entry : pages->front().entries) {
        const auto sender = co_await user_of(entry.header.sender);
        if (!sender) co_return refused(sender.error());
        page.items.push_back({std::move(entry), (*sender)->card});
    }
    co_return page;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, MarkRead request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const UserId self = (*session)->user();
    auto peer = co_await resolve(std::move(request.with.address));
    if (!peer) co_return Reply(std::move(peer.error()));
    const auto conversation = co_await parts.store.find_direct(self, (*peer)->id);
    if (!conversation) co_return refused(unavailable(conversation.error()));
    if (!*conversation) co_return refused(ChatError::not_found);
    AdvanceCursor advance{self, (*conversation)->conversation, AdvanceCursor::Which::read, request.seq};
    const ChangeResult result = co_await parts.commits.submit(advance);
    if (!result) co_return refused(result.error());
    const CursorAdvanced& advanced = std::get<CursorAdvanced>(*result);
    if (advanced.moved) co_await tell_read(client, self, *peer, **conversation, advanced.at);
    co_return Acknowledged{};
}

// The peer's connections, unless he is blocked, and the reader's others.
Task<void> Chat::State::tell_read(const Client& client, UserId self, UserRef peer, DirectConversation conversation,
                                  Seq upto) {
    std::vector<UserId> users(1, self);
    if (peer->id != self && !conversation.blocked) users.push_back(peer->id);
    if (std::ranges::none_of(users, [this](UserId user) { return fanout.is_listening(user); })) co_return;
    const auto reader = co_await user_of(self);
    if (!reader) co_return;
    const ReadEvent event{conversation.conversation, upto, (*reader)->card, peer->card};
    fanout.deliver(std::make_shared<const Event>(event), users, &client);
}

}  // namespace obrol
