// Requests about the log of a conversation: looking back, and noting how far one has read.
#include <algorithm>
#include <utility>

#include "core/chat_state.h"

namespace obrol {
namespace {

bool is_in(const Visible& visible, Seq seq) {
    return std::ranges::any_of(visible, [seq](const SeqSpan& span) { return span.first <= seq && seq <= span.last; });
}

}  // namespace

// A page without entries; and which entries of its conversation the user may see.
Task<std::expected<HistoryPage, Refused>> Chat::State::open_history(const Client& client, UserRef self, Place with,
                                                                    Visible& visible) {
    HistoryPage page;
    page.self = self->card;
    if (with.kind == Place::Kind::user) {
        auto peer = co_await resolve_known(std::move(with.address));
        if (!peer) co_return Failure<Refused>(std::move(peer.error()));
        const auto direct = co_await parts.store.find_direct(self->id, (*peer)->id);
        if (!direct) co_return Failure<Refused>(Refused{unavailable(direct.error()), {}, false});
        page.peer = (*peer)->card;
        if (*direct) page.conversation = (*direct)->conversation;
        visible.push_back(SeqSpan{Seq(1), open_end});
        co_return page;
    }
    auto group = co_await resolve_group(client, self->id, std::move(with));
    if (!group) co_return Failure<Refused>(std::move(group.error()));
    page.conversation = (*group)->group.conversation;
    page.group = (*group)->group.card;
    Result<Visible> seen = co_await parts.store.visible(self->id, page.conversation);
    if (!seen) co_return Failure<Refused>(Refused{unavailable(seen.error()), {}, false});
    if (seen->empty()) co_return Failure<Refused>(Refused{ChatError::not_a_member, {}, false});
    visible = std::move(*seen);
    co_return page;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, FetchHistory request) {
    const auto self = co_await authorize_user(client, token);
    if (!self) co_return refused(self.error());
    Visible visible;
    auto page = co_await open_history(client, *self, std::move(request.with), visible);
    if (!page) co_return Reply(std::move(page.error()));
    if (!page->conversation) co_return std::move(*page);
    const bool may_end = page->group && visible.back().last == open_end;
    const std::size_t entries_max = std::min<std::size_t>(request.limit, options.history_entries_max);
    auto read = co_await read_back(page->conversation, std::move(visible), request.before, entries_max);
    if (!read) co_return refused(unavailable(read.error()));
    if (may_end) {
        // Who was put out between the two looks into the store does not see what was said since.
        const Result<Visible> now = co_await parts.store.visible((*self)->id, page->conversation);
        if (!now) co_return refused(unavailable(now.error()));
        std::erase_if(read->entries, [&now](const LogEntry& entry) { return !is_in(*now, entry.header.seq); });
    }
    page->more = read->more;
    for (LogEntry& entry : read->entries) {
        const auto sender = co_await user_of(entry.header.sender);
        if (!sender) co_return refused(sender.error());
        page->items.push_back({std::move(entry), (*sender)->card});
    }
    co_return std::move(*page);
}

// The newest visible entries before `before`, ascending; `more`: there are visible ones before them.
Task<Result<EntryPage>> Chat::State::read_back(ConversationId conversation, Visible visible, std::optional<Seq> before,
                                               std::size_t entries_max) {
    EntryPage page;
    std::size_t bytes_left = options.inbox_bytes_max;
    // Few: somebody who came and went often, and asks for all of it.
    while (!visible.empty()) {
        const SeqSpan span = visible.back();
        EntryRange range;
        range.conversation = conversation;
        range.after = Seq(span.first.value - 1);
        if (span.last != open_end) range.before = next(span.last);
        if (before) range.before = std::min(range.before.value_or(*before), *before);
        range.entries_max = entries_max - page.entries.size();
        range.newest_first = true;
        if (range.before && range.before->value <= span.first.value) {
            visible.pop_back();
            continue;
        }
        page.more = true;
        if (range.entries_max == 0 || bytes_left == 0) break;
        std::vector<EntryRange> ranges(1, range);
        auto pages = co_await parts.store.read(std::move(ranges), bytes_left);
        if (!pages) co_return Failure<Error>(std::move(pages.error()));
        std::vector<LogEntry>& entries = pages->front().entries;
        for (const LogEntry& entry : entries)
            bytes_left -= std::min(bytes_left, entry.body.size());
        page.entries.insert(page.entries.begin(), std::make_move_iterator(entries.begin()),
                            std::make_move_iterator(entries.end()));
        page.more = pages->front().more;
        if (page.more) break;
        visible.pop_back();
    }
    co_return page;
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
