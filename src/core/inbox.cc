#include "core/inbox.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"

namespace obrol {

Inbox::Inbox(Store& store, GroupCommit& commits, Options options)
    : store_(store), commits_(commits), options_(options), inboxes_(options.cached_users_max) {}

Task<Result<Inbox::UserInboxRef>> Inbox::load(UserId user) {
    UserInboxRef inbox;
    if (const UserInboxRef* known = inboxes_.find(user)) {
        inbox = *known;
    } else {
        const auto is_pinned = [](const UserInboxRef& other) { return other.use_count() > 1; };
        inbox = inboxes_.put(user, std::make_shared<UserInbox>(), is_pinned);
    }
    if (inbox->loaded) co_return inbox;
    // What is committed from here on is noted by advanced(), whether this read sees it or not.
    inbox->loading = true;
    Result<std::vector<UnreadConversation>> found = co_await store_.unread(user);
    if (!found) co_return Failure<Error>(std::move(found.error()));
    if (inbox->loaded) co_return inbox;  // another request was faster
    for (const UnreadConversation& unread : *found) {
        inbox->loaded_upto.emplace(unread.conversation, unread.last);
        const Unread fresh{FetchCursor(unread.fetched), unread.last, unread.oldest_unread, unread.peer == user};
        const auto [at, is_new] = inbox->unread.try_emplace(unread.conversation, fresh);
        if (is_new) continue;
        const Seq last = std::max(at->second.last, fresh.last);
        at->second = fresh;
        at->second.last = last;
    }
    inbox->loaded = true;
    co_return inbox;
}

std::vector<Inbox::Piece> Inbox::choose(UserInbox& inbox) const {
    std::vector<std::pair<Position, ConversationId>> oldest_first;
    for (const auto& [conversation, unread] : inbox.unread)
        if (unread.cursor.available(unread.last, 1)) oldest_first.emplace_back(unread.oldest, conversation);
    std::sort(oldest_first.begin(), oldest_first.end());

    std::vector<Piece> pieces;
    auto left = static_cast<std::int64_t>(options_.entries_max);
    for (const auto& [oldest, conversation] : oldest_first) {
        Unread& unread = inbox.unread.at(conversation);
        const auto range = unread.cursor.available(unread.last, left);
        if (!range) break;
        unread.cursor.reserve(*range);
        left -= range->upto.value - range->after.value;
        pieces.push_back(Piece{conversation, *range, unread.oldest});
    }
    return pieces;
}

// Reads the pieces, shortens those that the byte limit cut, and confirms those in which nothing is for the user.
Task<Result<std::vector<LogEntry>>> Inbox::read(UserInbox& inbox, UserId user, std::vector<Piece>& pieces) {
    std::vector<EntryRange> ranges;
    for (const Piece& piece : pieces) {
        EntryRange range;
        range.conversation = piece.conversation;
        range.after = piece.range.after;
        range.before = next(piece.range.upto);
        range.entries_max = static_cast<std::size_t>(piece.range.upto.value - piece.range.after.value);
        ranges.push_back(range);
    }
    Result<std::vector<EntryPage>> pages = co_await store_.read(std::move(ranges), options_.bytes_max);
    if (!pages) co_return Failure<Error>(std::move(pages.error()));

    const auto is_empty = [](const EntryPage& page) { return page.entries.empty(); };
    if (std::all_of(pages->begin(), pages->end(), is_empty))
        co_return fail(fmt::format("conversation {} ends before the unread entry {}", pieces.front().conversation.value,
                                   next(pieces.front().range.after).value));

    std::vector<LogEntry> entries;
    std::vector<Piece> kept;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        Piece piece = pieces[i];
        Unread& unread = inbox.unread.at(piece.conversation);
        std::vector<LogEntry>& page = (*pages)[i].entries;
        const Seq upto = page.empty() ? piece.range.after : page.back().header.seq;
        piece.range = unread.cursor.shorten(piece.range, upto);
        if (page.empty()) continue;
        unread.oldest = Position(page.back().header.position.value + 1);
        const std::size_t before = entries.size();
        for (LogEntry& entry : page) {
            const bool from_others = entry.header.sender != user || unread.to_self;
            if (from_others && counts_as_unread(entry.header.kind) && !entry.erased)
                entries.push_back(std::move(entry));
        }
        if (entries.size() == before)
            confirm_piece(user, inbox, piece);
        else
            kept.push_back(piece);
    }
    pieces = std::move(kept);
    std::sort(entries.begin(), entries.end(),
              [](const LogEntry& a, const LogEntry& b) { return a.header.position < b.header.position; });
    co_return entries;
}

bool Inbox::has_more(const UserInbox& inbox) {
    return std::any_of(inbox.unread.begin(), inbox.unread.end(),
                       [](const auto& item) { return item.second.cursor.available(item.second.last, 1).has_value(); });
}

Task<Result<Inbox::Taken>> Inbox::take(UserId user) {
    Result<UserInboxRef> loaded = co_await load(user);
    if (!loaded) co_return Failure<Error>(std::move(loaded.error()));
    const UserInboxRef inbox = *loaded;
    for (;;) {
        std::vector<Piece> pieces = choose(*inbox);
        if (pieces.empty()) co_return Taken{};
        Result<std::vector<LogEntry>> entries = co_await read(*inbox, user, pieces);
        if (!entries) {
            release_pieces(*inbox, pieces);
            co_return Failure<Error>(std::move(entries.error()));
        }
        if (entries->empty()) continue;  // a stretch of own posts: look further
        const std::uint64_t reservation = ++last_reservation_;
        reservations_.emplace(reservation, Reservation{user, inbox, std::move(pieces)});
        co_return Taken{std::move(*entries), reservation, has_more(*inbox)};
    }
}

void Inbox::confirm_piece(UserId user, UserInbox& inbox, const Piece& piece) {
    const auto found = inbox.unread.find(piece.conversation);
    OBROL_CHECK(found != inbox.unread.end());
    Unread& unread = found->second;
    const Seq before = unread.cursor.fetched();
    unread.cursor.confirm(piece.range);
    const Seq fetched = unread.cursor.fetched();
    if (fetched != before)
        commits_.submit_lazily(AdvanceCursor{user, piece.conversation, AdvanceCursor::Which::fetched, fetched});
    if (fetched >= unread.last && !unread.cursor.has_reservations()) inbox.unread.erase(found);
}

void Inbox::confirm(std::uint64_t reservation) {
    const auto found = reservations_.extract(reservation);
    if (found.empty()) return;
    const Reservation& held = found.mapped();
    for (const Piece& piece : held.pieces)
        confirm_piece(held.user, *held.inbox, piece);
}

void Inbox::release_pieces(UserInbox& inbox, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) {
        Unread& unread = inbox.unread.at(piece.conversation);
        unread.cursor.release(piece.range);
        unread.oldest = std::min(unread.oldest, piece.oldest);
    }
}

void Inbox::release(std::uint64_t reservation) {
    const auto found = reservations_.extract(reservation);
    if (!found.empty()) release_pieces(*found.mapped().inbox, found.mapped().pieces);
}

void Inbox::advanced(const ConversationAdvanced& advanced) {
    const EntryHeader& header = entry_of(advanced).header;
    if (!counts_as_unread(header.kind)) return;
    const bool to_self = advanced.readers->size() == 1 && !advanced.is_group;
    for (const UserId reader : *advanced.readers) {
        if (reader == advanced.from && !to_self) continue;
        const UserInboxRef* inbox = inboxes_.find(reader);
        if (!inbox || !((*inbox)->loaded || (*inbox)->loading)) continue;
        if (const auto upto = (*inbox)->loaded_upto.find(header.conversation); upto != (*inbox)->loaded_upto.end()) {
            if (header.seq <= upto->second) continue;
            (*inbox)->loaded_upto.erase(upto);
        }
        // Nothing unread was known of this conversation, so everything before this entry is fetched or the user's own.
        const Unread fresh{FetchCursor(Seq(header.seq.value - 1)), header.seq, header.position, to_self};
        const auto [at, is_new] = (*inbox)->unread.try_emplace(header.conversation, fresh);
        if (!is_new) at->second.last = std::max(at->second.last, header.seq);
    }
}

}  // namespace obrol
