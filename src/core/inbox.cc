#include "core/inbox.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

struct Stretch {
    FetchCursor::Range range;
    bool is_visible = true;
};

// The beginning of the range, up to where what the user may see begins or ends.
Stretch first_stretch(const Visible& visible, FetchCursor::Range range) {
    if (visible.empty()) return {range, true};
    const Seq first = next(range.after);
    const auto span = std::ranges::find_if(visible, [first](const SeqSpan& each) { return each.last >= first; });
    if (span == visible.end()) return {range, false};
    if (span->first <= first) return {{range.after, std::min(range.upto, span->last)}, true};
    return {{range.after, std::min(range.upto, Seq(span->first.value - 1))}, false};
}

}  // namespace

std::vector<UserId> Inbox::Taken::senders() const {
    std::vector<UserId> senders;
    senders.reserve(entries.size());
    for (const Entry& each : entries)
        senders.push_back(each.entry.header.sender);
    return senders;
}

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
    // What is committed from here on is kept in `missed`, whether this read sees it or not.
    ++inbox->loads;
    Result<std::vector<UnreadConversation>> found = co_await store_.unread(user);
    --inbox->loads;
    if (inbox->loaded) co_return inbox;  // another request was faster
    if (!found) {
        if (inbox->loads == 0) inbox->missed.clear();
        co_return Failure<Error>(std::move(found.error()));
    }
    fill(*inbox, user, *found);
    co_return inbox;
}

void Inbox::fill(UserInbox& inbox, UserId user, const std::vector<UnreadConversation>& found) {
    for (const UnreadConversation& unread : found) {
        inbox.loaded_upto.emplace(unread.conversation, unread.last);
        Seq last = unread.last;
        if (!unread.visible.empty()) last = std::min(last, unread.visible.back().last);
        Unread fresh{FetchCursor(unread.fetched), last, unread.oldest_unread, unread.peer == user, unread.visible};
        inbox.unread.emplace(unread.conversation, std::move(fresh));
    }
    inbox.loaded = true;
    for (const News& news : std::exchange(inbox.missed, {}))
        note(inbox, news);
}

std::optional<FetchCursor::Range> Inbox::next_range(UserInbox& inbox, UserId user, ConversationId conversation,
                                                    std::int64_t entries_max) {
    while (entries_max > 0) {
        const auto found = inbox.unread.find(conversation);
        if (found == inbox.unread.end()) return std::nullopt;
        Unread& unread = found->second;
        const auto range = unread.cursor.available(unread.last, unread.last.value);
        if (!range) return std::nullopt;
        Stretch stretch = first_stretch(unread.visible, *range);
        if (stretch.is_visible) {
            stretch.range.upto = std::min(stretch.range.upto, Seq(stretch.range.after.value + entries_max));
            return stretch.range;
        }
        // Passed over without being read.
        unread.cursor.reserve(stretch.range);
        confirm_piece(user, inbox, Piece{conversation, stretch.range, unread.oldest});
    }
    return std::nullopt;
}

std::vector<Inbox::Piece> Inbox::choose(UserInbox& inbox, UserId user, Only only) {
    std::vector<std::pair<Position, ConversationId>> oldest_first;
    for (const auto& [conversation, unread] : inbox.unread)
        if ((!only || conversation == *only) && unread.cursor.available(unread.last, 1))
            oldest_first.emplace_back(unread.oldest, conversation);
    std::sort(oldest_first.begin(), oldest_first.end());

    std::vector<Piece> pieces;
    auto left = static_cast<std::int64_t>(options_.entries_max);
    for (const auto& [oldest, conversation] : oldest_first) {
        while (const auto range = next_range(inbox, user, conversation, left)) {
            inbox.unread.at(conversation).cursor.reserve(*range);
            left -= range->upto.value - range->after.value;
            pieces.push_back(Piece{conversation, *range, oldest});
        }
        if (left == 0) break;
    }
    return pieces;
}

// Reads the pieces, shortens those that the byte limit cut, and confirms those in which nothing is for the user.
Task<Result<std::vector<Inbox::Entry>>> Inbox::read(UserInbox& inbox, UserId user, std::vector<Piece>& pieces) {
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

    std::vector<Entry> entries;
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
                entries.push_back(Entry{std::move(entry), !unread.visible.empty()});
        }
        if (entries.size() == before)
            confirm_piece(user, inbox, piece);
        else
            kept.push_back(piece);
    }
    pieces = std::move(kept);
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.entry.header.position < b.entry.header.position; });
    co_return entries;
}

Task<Result<std::vector<Inbox::Entry>>> Inbox::next_entries(UserInbox& inbox, UserId user, Only only,
                                                            std::vector<Piece>& pieces) {
    for (;;) {
        pieces = choose(inbox, user, only);
        if (pieces.empty()) co_return std::vector<Entry>();
        Result<std::vector<Entry>> entries = co_await read(inbox, user, pieces);
        if (!entries) release_pieces(inbox, pieces);
        // A stretch of own posts: look further.
        if (!entries || !entries->empty()) co_return entries;
    }
}

bool Inbox::has_more(const UserInbox& inbox, Only only) {
    return std::any_of(inbox.unread.begin(), inbox.unread.end(), [only](const auto& item) {
        return (!only || item.first == *only) && item.second.cursor.available(item.second.last, 1).has_value();
    });
}

Task<Result<Inbox::Taken>> Inbox::take(UserId user, Only only) {
    Result<UserInboxRef> loaded = co_await load(user);
    if (!loaded) co_return Failure<Error>(std::move(loaded.error()));
    const UserInboxRef inbox = *loaded;
    std::vector<Piece> pieces;
    Result<std::vector<Entry>> entries = co_await next_entries(*inbox, user, only, pieces);
    if (!entries) co_return Failure<Error>(std::move(entries.error()));
    if (entries->empty()) co_return Taken{};
    const std::uint64_t reservation = ++last_reservation_;
    reservations_.emplace(reservation, Reservation{user, inbox, std::move(pieces)});
    co_return Taken{std::move(*entries), reservation, has_more(*inbox, only)};
}

Task<Result<Inbox::Taken>> Inbox::peek(UserId user) {
    Result<UserInboxRef> loaded = co_await load(user);
    if (!loaded) co_return Failure<Error>(std::move(loaded.error()));
    // What is reserved and confirmed in a copy is forgotten with it. A cursor that moves over what is not for the user
    // moves in the store as well: that is true of the original, too.
    UserInbox copy = **loaded;
    std::vector<Piece> pieces;
    Result<std::vector<Entry>> entries = co_await next_entries(copy, user, std::nullopt, pieces);
    if (!entries) co_return Failure<Error>(std::move(entries.error()));
    co_return Taken{std::move(*entries), 0, has_more(copy, std::nullopt)};
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

void Inbox::note(UserInbox& inbox, const News& news) {
    if (const auto upto = inbox.loaded_upto.find(news.conversation); upto != inbox.loaded_upto.end()) {
        if (news.seq <= upto->second) return;
        inbox.loaded_upto.erase(upto);
    }
    if (news.kind == News::Kind::left) {
        const auto found = inbox.unread.find(news.conversation);
        if (found == inbox.unread.end()) return;
        SeqSpan& span = found->second.visible.back();
        if (span.last == open_end) span.last = Seq(news.seq.value - 1);
        return;
    }
    // Nothing unread was known of this conversation, so everything before this entry is fetched, or not for the user.
    Unread fresh{FetchCursor(Seq(news.seq.value - 1)), news.seq, news.position, news.kind == News::Kind::to_self};
    const SeqSpan from_here{news.seq, open_end};
    if (news.kind == News::Kind::in_group) fresh.visible.push_back(from_here);
    const auto [at, is_new] = inbox.unread.try_emplace(news.conversation, std::move(fresh));
    if (is_new) return;
    Unread& unread = at->second;
    unread.last = std::max(unread.last, news.seq);
    // He has been away, and is back.
    if (news.kind == News::Kind::in_group && unread.visible.back().last < news.seq) unread.visible.push_back(from_here);
}

void Inbox::tell(UserId user, const News& news) {
    const UserInboxRef* inbox = inboxes_.find(user);
    if (!inbox) return;
    if ((*inbox)->loaded)
        note(**inbox, news);
    else if ((*inbox)->loads > 0)
        (*inbox)->missed.push_back(news);
}

void Inbox::advanced(const ConversationAdvanced& advanced) {
    const EntryHeader& header = advanced.header;
    if (!counts_as_unread(header.kind) || inboxes_.size() == 0) return;
    const std::span<const UserId> readers = advanced.readers.users();
    const bool to_self = readers.size() == 1 && !advanced.readers.is_group();
    News news{News::Kind::direct, header.conversation, header.seq, header.position};
    if (advanced.readers.is_group()) news.kind = News::Kind::in_group;
    if (to_self) news.kind = News::Kind::to_self;
    for (const UserId reader : readers)
        if (reader != header.sender || to_self) tell(reader, news);
}

void Inbox::accepted(UserId user, const EntryHeader& first, Seq last) {
    tell(user, News{News::Kind::direct, first.conversation, first.seq, first.position});
    tell(user, News{News::Kind::direct, first.conversation, last, first.position});
}

void Inbox::left(ConversationId group, const std::vector<UserId>& users, Seq at) {
    const News news{News::Kind::left, group, at, Position()};
    for (const UserId user : users)
        tell(user, news);
}

}  // namespace obrol
