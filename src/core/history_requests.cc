// Requests about the log of a conversation: looking back, and noting how far one has read.
#include <algorithm>
#include <utility>

#include "core/chat_state.h"

namespace obrol {

// A page without entries; and what is to be looked at for them.
Task<std::expected<HistoryPage, Refused>> Chat::State::open_history(const Client& client, UserRef self, Place with,
                                                                    HistoryRange& range) {
    HistoryPage page;
    page.self = self->card;
    range.user = self->id;
    if (with.kind == Place::Kind::user) {
        auto peer = co_await resolve_known(std::move(with.address));
        if (!peer) co_return Failure<Refused>(std::move(peer.error()));
        page.peer = (*peer)->card;
        range.of = (*peer)->id;
        co_return page;
    }
    auto group = co_await resolve_group(client, self->id, std::move(with));
    if (!group) co_return Failure<Refused>(std::move(group.error()));
    page.group = (*group)->group.card;
    range.of = (*group)->group.conversation;
    co_return page;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchHistory request) {
    const auto self = co_await authorize_user(client, token);
    if (!self) co_return refused(self.error());
    HistoryRange range;
    auto page = co_await open_history(client, *self, std::move(request.with), range);
    if (!page) co_return Reply(std::move(page.error()));
    range.before = request.before;
    range.entries_max = std::min<std::size_t>(request.limit, options.history_entries_max);
    auto read = co_await parts.store.history(range, options.inbox_bytes_max);
    if (!read) co_return refused(unavailable(read.error()));
    if (page->group && read->visible.empty()) co_return refused(ChatError::not_a_member);
    page->conversation = read->conversation;
    page->more = read->page.more;
    const auto senders = co_await senders_of(read->page.entries);
    if (!senders) co_return refused(senders.error());
    for (std::size_t i = 0; i < senders->size(); ++i)
        page->items.push_back({std::move(read->page.entries[i]), (*senders)[i]->card});
    co_return std::move(*page);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, MarkRead request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const UserId self = (*session)->user();
    if (request.with.kind != Place::Kind::user) co_return co_await mark_read_in_group(client, self, std::move(request));
    auto peer = co_await resolve_known(std::move(request.with.address));
    if (!peer) co_return Reply(std::move(peer.error()));
    const auto conversation = co_await parts.store.find_direct(self, (*peer)->id);
    if (!conversation) co_return refused(unavailable(conversation.error()));
    if (!*conversation) co_return refused(ChatError::not_found);
    const AdvanceCursor advance{self, (*conversation)->conversation, AdvanceCursor::Which::read, request.seq};
    const ChangeResult result = co_await parts.commits.submit(advance);
    if (!result) co_return refused(result.error());
    const CursorAdvanced& advanced = std::get<CursorAdvanced>(*result);
    if (!advanced.moved) co_return Acknowledged{};
    // The peer's connections, unless he is blocked, and the reader's others.
    std::vector<UserId> users(1, self);
    if ((*peer)->id != self && !(*conversation)->blocked) users.push_back((*peer)->id);
    ReadEvent event;
    event.conversation = advance.conversation;
    event.upto = advanced.at;
    event.with = (*peer)->card;
    co_await tell_read(client, self, std::move(users), std::move(event));
    co_return Acknowledged{};
}

// How far somebody has read in a group concerns his own connections only.
Task<Reply> Chat::State::mark_read_in_group(Client& client, UserId self, MarkRead request) {
    auto group = co_await resolve_group(client, self, std::move(request.with));
    if (!group) co_return Reply(std::move(group.error()));
    const AdvanceCursor advance{self, (*group)->group.conversation, AdvanceCursor::Which::read, request.seq};
    const ChangeResult result = co_await parts.commits.submit(advance);
    if (!result) co_return refused(result.error() == ChatError::not_found ? ChatError::not_a_member : result.error());
    const CursorAdvanced& advanced = std::get<CursorAdvanced>(*result);
    if (!advanced.moved) co_return Acknowledged{};
    ReadEvent event;
    event.conversation = advance.conversation;
    event.upto = advanced.at;
    event.group = (*group)->group.card;
    co_await tell_read(client, self, std::vector<UserId>(1, self), std::move(event));
    co_return Acknowledged{};
}

// The reader is filled in.
Task<void> Chat::State::tell_read(const Client& client, UserId self, std::vector<UserId> users, ReadEvent event) {
    if (std::ranges::none_of(users, [this](UserId user) { return fanout.is_listening(user); })) co_return;
    const auto reader = co_await user_of(self);
    if (!reader) co_return;
    event.reader = (*reader)->card;
    fanout.deliver(std::make_shared<const Event>(std::move(event)), users, &client);
}

}  // namespace obrol
