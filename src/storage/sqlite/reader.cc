#include "storage/sqlite/reader.h"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <utility>

#include "storage/sqlite/account_rows.h"
#include "storage/visible.h"

namespace obrol::sqlite {
namespace {

constexpr std::int64_t here = 0;
// Readers and the writer do not wait for one another, except while the log is recovered after a crash.
constexpr int busy_timeout_ms = 2'000;
// Of a page; a longer one may end after a few entries because of their size.
constexpr std::size_t reserved_entries_max = 128;

}  // namespace

// One view of the file from its first read to its end.
class Reader::Transaction {
  public:
    explicit Transaction(Reader& reader) : reader_(reader) { reader_.begin_.run(); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() { reader_.connection_.roll_back(); }

  private:
    Reader& reader_;
};

struct Reader::PageBudget {
    std::size_t bytes_left = 0;
    bool given = false;      // the first entry is given whatever its size
    bool exhausted = false;  // an entry did not fit: nothing more is given

    bool take(std::size_t bytes) {
        if (exhausted || (given && bytes > bytes_left)) {
            exhausted = true;
            return false;
        }
        given = true;
        bytes_left -= std::min(bytes_left, bytes);
        return true;
    }
};

Reader::Reader(const SqliteOptions& options, const Tail& tail, NewestEntries& newest)
    : connection_(options.path, options.vfs, Access::read_only),
      tail_(tail),
      newest_(newest),
      locator_(connection_),
      entry_rows_(connection_),
      groups_(connection_),
      files_(connection_, groups_),
      peers_(connection_, entry_rows_),
      folders_(connection_),
      begin_(connection_, "BEGIN"),
      user_by_name_(connection_, fmt::format("SELECT {} FROM users WHERE server = ?1 AND name_key = ?2", user_columns)),
      user_by_id_(connection_, fmt::format("SELECT {} FROM users WHERE id = ?1", user_columns)),
      users_(connection_, fmt::format("SELECT {} FROM users WHERE server = ?1 AND name_key > ?2 "
                                      "ORDER BY name_key LIMIT ?3",
                                      user_columns)),
      session_(connection_, fmt::format("SELECT {} FROM sessions WHERE token = ?1", session_columns)),
      sessions_of_(connection_, fmt::format("SELECT {} FROM sessions WHERE user = ?1 ORDER BY id", session_columns)),
      unused_sessions_(
          connection_,
          fmt::format("SELECT {} FROM sessions WHERE id > ?1 AND used_at < ?2 ORDER BY id LIMIT ?3", session_columns)),
      invitations_(connection_, fmt::format("SELECT {} FROM invitations ORDER BY id", invitation_columns)),
      invitation_by_code_(connection_, fmt::format("SELECT {} FROM invitations WHERE code = ?1", invitation_columns)),
      direct_(connection_, "SELECT id FROM conversations WHERE kind = 1 AND low_user = ?1 AND high_user = ?2"),
      blocked_(connection_, "SELECT 1 FROM blocks WHERE owner = ?1 AND other = ?2"),
      direct_peers_(connection_,
                    "SELECT CASE c.low_user WHEN ?1 THEN c.high_user ELSE c.low_user END AS peer FROM members AS m "
                    "CROSS JOIN conversations AS c ON c.id = m.conversation WHERE m.user = ?1 AND c.kind = 1 "
                    "AND peer <> ?1 AND NOT EXISTS (SELECT 1 FROM blocks WHERE owner = ?1 AND other = peer) "
                    "ORDER BY peer"),
      participations_(connection_,
                      "SELECT m.conversation, m.fetched_seq, c.low_user, c.high_user FROM members AS m "
                      "CROSS JOIN conversations AS c ON c.id = m.conversation WHERE m.user = ?1") {
    sqlite3_busy_timeout(connection_.raw(), busy_timeout_ms);
    connection_.execute(fmt::format("PRAGMA cache_size = -{}", options.reader_cache_kib).c_str());
}

std::optional<User> Reader::find_user(std::string_view name_key) {
    Rows rows = user_by_name_.rows(here, name_key);
    return rows.next() ? std::optional(user_in(rows)) : std::nullopt;
}

std::optional<User> Reader::find_user(UserId id) {
    Rows rows = user_by_id_.rows(id);
    return rows.next() ? std::optional(user_in(rows)) : std::nullopt;
}

std::vector<std::optional<User>> Reader::find_users(const std::vector<UserId>& ids) {
    const Transaction transaction(*this);
    std::vector<std::optional<User>> found;
    found.reserve(ids.size());
    for (const UserId id : ids)
        found.push_back(find_user(id));
    return found;
}

std::optional<User> Reader::find_remote_user(ServerId server, std::string_view name_key) {
    Rows rows = user_by_name_.rows(server, name_key);
    return rows.next() ? std::optional(user_in(rows)) : std::nullopt;
}

std::optional<Session> Reader::find_session(const Digest& token) {
    Rows rows = session_.rows(Blob(token));
    return rows.next() ? std::optional(session_in(rows)) : std::nullopt;
}

UserPage Reader::list_users(std::string_view after, std::size_t users_max) {
    UserPage page;
    // One more than asked for tells whether there are more; no page holds more users than a store can.
    const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(users_max, INT32_MAX)) + 1;
    Rows rows = users_.rows(here, after, limit);
    while (rows.next()) {
        page.more = page.users.size() == users_max;
        if (page.more) break;
        page.users.push_back(user_in(rows));
    }
    return page;
}

std::vector<StoredSession> Reader::sessions_of(UserId user) {
    std::vector<StoredSession> found;
    Rows rows = sessions_of_.rows(user);
    while (rows.next())
        found.push_back(stored_session_in(rows));
    return found;
}

std::vector<StoredSession> Reader::sessions_unused_since(WallTime before, SessionId after, std::size_t sessions_max) {
    std::vector<StoredSession> found;
    Rows rows = unused_sessions_.rows(after, before, sessions_max);
    while (rows.next())
        found.push_back(stored_session_in(rows));
    return found;
}

std::vector<Invitation> Reader::invitations() {
    std::vector<Invitation> found;
    Rows rows = invitations_.rows();
    while (rows.next())
        found.push_back(invitation_in(rows));
    return found;
}

std::optional<Invitation> Reader::find_invitation(const Digest& code) {
    Rows rows = invitation_by_code_.rows(Blob(code));
    return rows.next() ? std::optional(invitation_in(rows)) : std::nullopt;
}

StoreCounts Reader::counts() {
    const Transaction transaction(*this);
    StoreCounts counts;
    // One by one as they lie there: through an index they would be read in another order, page by page.
    Statement statement(connection_,
                        "SELECT sum(state = ?2), sum(state = ?3), sum(state = ?4), sum(state = ?2 AND role = ?5) "
                        "FROM users NOT INDEXED WHERE server = ?1");
    Rows users = statement.rows(here, static_cast<int>(AccountState::active), static_cast<int>(AccountState::disabled),
                                static_cast<int>(AccountState::deleted), static_cast<int>(Role::admin));
    users.next();
    counts.users_active = users.integer(0);
    counts.users_disabled = users.integer(1);
    counts.users_deleted = users.integer(2);
    counts.admins = users.integer(3);
    counts.sessions = connection_.query_integer("SELECT count(*) FROM sessions");
    counts.invitations = connection_.query_integer("SELECT count(*) FROM invitations");
    counts.conversations = connection_.query_integer("SELECT count(*) FROM conversations");
    counts.groups = connection_.query_integer("SELECT count(*) FROM groups WHERE ended = 0");
    files_.count(counts);
    // Positions are given without gaps and rows never go away.
    counts.entries = connection_.query_integer("SELECT coalesce(max(position), 0) FROM entries");
    return counts;
}

bool Reader::has_admin() {
    Statement statement(connection_,
                        "SELECT 1 FROM users NOT INDEXED WHERE server = ?1 AND state = ?2 AND role = ?3 LIMIT 1");
    return statement.rows(here, static_cast<int>(AccountState::active), static_cast<int>(Role::admin)).next();
}

// None: they have none.
ConversationId Reader::direct_conversation(UserId one, UserId other) {
    const auto [low, high] = std::minmax(one, other);
    Rows rows = direct_.rows(low, high);
    return rows.next() ? rows.id<ConversationId>(0) : ConversationId();
}

std::optional<DirectConversation> Reader::find_direct(UserId one, UserId other) {
    DirectConversation found;
    found.conversation = direct_conversation(one, other);
    if (!found.conversation) return std::nullopt;
    found.last = tail_.last_seq(found.conversation);
    if (!found.last) found.last = locator_.last_indexed(found.conversation);
    Rows rows = blocked_.rows(one, other);
    found.blocked = rows.next();
    return found;
}

std::vector<UserId> Reader::direct_peers(UserId user) {
    std::vector<UserId> peers;
    Rows rows = direct_peers_.rows(user);
    while (rows.next())
        peers.push_back(rows.id<UserId>(0));
    return peers;
}

// Groups.

std::optional<StoredGroup> Reader::find_group(std::string_view id_key) {
    const std::optional<ConversationId> conversation = groups_.find_by_key(id_key);
    return conversation ? find_group(*conversation) : std::nullopt;
}

std::optional<StoredGroup> Reader::find_group_by_code(std::string_view code) {
    const std::optional<ConversationId> conversation = groups_.find_by_code(code);
    return conversation ? find_group(*conversation) : std::nullopt;
}

std::optional<StoredGroup> Reader::find_group(ConversationId conversation) {
    Seq last = tail_.last_seq(conversation);
    const Transaction transaction(*this);
    std::optional<StoredGroup> found = groups_.find(conversation);
    if (!found) return std::nullopt;
    if (!last) last = locator_.last_indexed(conversation);
    // What has changed since the tail was looked at shows here already.
    found->last = std::max(found->last, last);
    return found;
}

// Other servers.

std::vector<LinkProgress> Reader::progress() {
    const Transaction transaction(*this);
    return peers_.progress();
}

std::optional<LinkProgress> Reader::progress(ServerId server) {
    const std::vector<LinkProgress> all = progress();
    const auto found = std::ranges::find(all, server, &LinkProgress::server);
    return found == all.end() ? std::nullopt : std::optional(*found);
}

std::vector<OutboxItem> Reader::outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                       std::size_t bytes_max) {
    const Transaction transaction(*this);
    return peers_.outbox(server, after, items_max, bytes_max);
}

std::vector<OutboxItem> Reader::late_items(ServerId server, WallTime before, bool is_final, std::size_t items_max) {
    const Transaction transaction(*this);
    return peers_.late_items(server, before, is_final, items_max);
}

std::vector<UserId> Reader::who_know(UserId viewer, const std::vector<UserId>& users) {
    const Transaction transaction(*this);
    return peers_.who_know(viewer, users);
}

std::vector<SharedGroup> Reader::shared_groups(ServerId server, bool at_home_there) {
    std::vector<SharedGroup> found;
    std::vector<EntryRange> ends;
    for (Group& group : peers_.shared_groups(server, at_home_there)) {
        ends.push_back({.conversation = group.conversation, .entries_max = 1, .newest_first = true});
        found.push_back(SharedGroup{group.conversation, std::move(group), {}, {}});
    }
    const std::vector<EntryPage> pages = read(ends, std::numeric_limits<std::size_t>::max());
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (pages[i].entries.empty()) continue;
        found[i].last = pages[i].entries.back().header.seq;
        found[i].last_id = pages[i].entries.back().header.id;
    }
    return found;
}

std::vector<std::pair<Seq, EntrySignature>> Reader::signatures(const EntryRange& range) {
    Seq last = tail_.last_seq(range.conversation);
    if (!last) last = locator_.last_indexed(range.conversation);
    const PageSpan span = page_span(range, last);
    return peers_.signatures(range.conversation, SeqSpan{span.first, span.last});
}

std::vector<StrangerRequest> Reader::stranger_requests(UserId user) {
    const Transaction transaction(*this);
    return peers_.requests(user);
}

// Unread entries.

// Where an unread entry can be.
Visible Reader::Participation::unfetched() const {
    if (peer) return {SeqSpan{next(fetched), open_end}};
    Visible spans;
    for (const SeqSpan& span : visible)
        if (span.last > fetched) spans.push_back(SeqSpan{std::max(span.first, next(fetched)), span.last});
    return spans;
}

std::vector<Reader::Participation> Reader::participations(UserId user) {
    std::vector<Participation> found;
    const auto waiting = peers_.waiting(user);
    Rows rows = participations_.rows(user);
    while (rows.next()) {
        if (waiting.contains(rows.id<ConversationId>(0))) continue;
        const UserId peer = rows.id<UserId>(2) == user ? rows.id<UserId>(3) : rows.id<UserId>(2);
        found.push_back(Participation{rows.id<ConversationId>(0), peer, rows.id<Seq>(1), {}, {}});
    }
    return found;
}

void Reader::look_at_visible(std::vector<Participation>& participations, UserId user) {
    if (std::ranges::all_of(participations, [](const Participation& one) { return bool(one.peer); })) return;
    auto visible = groups_.visible(user);
    for (Participation& one : participations)
        if (!one.peer) one.visible = std::move(visible[one.conversation]);
}

std::vector<UnreadConversation> Reader::unread(UserId user) {
    std::vector<Participation> found = participations(user);
    look_at_visible(found, user);
    for (Participation& one : found)
        one.tail = tail_.unread(one.conversation, user, one.unfetched(), one.peer == user);
    std::vector<UnreadConversation> result;
    const Transaction transaction(*this);
    // Again: who was removed since then sees nothing of what the tail may have got after that.
    look_at_visible(found, user);
    for (const Participation& one : found) {
        if (auto unread = unread_in(one, user)) result.push_back(*std::move(unread));
    }
    std::ranges::sort(result, {}, &UnreadConversation::oldest_unread);
    return result;
}

std::optional<UnreadConversation> Reader::unread_in(const Participation& one, UserId user) {
    const Visible spans = one.unfetched();
    if (spans.empty()) return std::nullopt;
    const TailUnread& tail = one.tail;
    const Seq last = tail.last ? tail.last : locator_.last_indexed(one.conversation);
    if (one.fetched >= last) return std::nullopt;
    // What is older than the tail's part is older than any unread entry in it.
    const Seq last_before_tail = tail.last ? Seq(tail.first.value - 1) : last;
    std::optional<Position> oldest;
    bool in_tail = false;
    for (const SeqSpan& span : spans) {
        const SeqSpan indexed{span.first, std::min(span.last, last_before_tail)};
        if (!oldest && indexed.first <= indexed.last) oldest = oldest_unread_indexed(one, user, indexed);
        in_tail = in_tail || (span.first <= tail.oldest_seq && tail.oldest_seq <= span.last);
    }
    if (!oldest && in_tail) oldest = tail.oldest_unread;
    if (!oldest) return std::nullopt;
    return UnreadConversation{one.conversation, one.peer, one.fetched, last, *oldest, one.visible};
}

std::optional<Position> Reader::oldest_unread_indexed(const Participation& one, UserId user, SeqSpan span) {
    const bool own_count = one.peer == user;
    std::optional<Position> oldest;
    locator_.rows_from(one.conversation, span.first, [&](const IndexRow& row) {
        if (row.first > span.last) return false;
        // Whoever writes a lot to somebody who does not answer does not pay for it with every look at his inbox.
        if (row.sender == IndexRow::nobody || (row.sender == user.value && !own_count)) return true;
        const Seq end = std::min(row.last(), span.last);
        for (Seq seq = std::max(row.first, span.first); seq <= end; seq = next(seq)) {
            const Position position = row.positions[static_cast<std::size_t>(seq.value - row.first.value)];
            const EntryHeader header = entry_rows_.read(position, one.conversation, seq).header;
            if (!counts_as_unread(header.kind) || (header.sender == user && !own_count)) continue;
            oldest = position;
            return false;
        }
        return true;
    });
    return oldest;
}

// Pages of entries.

std::vector<EntryPage> Reader::read(const std::vector<EntryRange>& ranges, std::size_t bytes_max) {
    std::vector<TailPart> parts;
    std::vector<NewestEntries::Found> kept;
    parts.reserve(ranges.size());
    kept.reserve(ranges.size());
    for (const EntryRange& range : ranges) {
        parts.push_back(tail_.part(range));
        kept.push_back(range.newest_first ? newest_.find(range.conversation) : NewestEntries::Found());
    }
    std::vector<EntryPage> pages;
    pages.reserve(ranges.size());
    PageBudget budget{bytes_max};
    const Transaction transaction(*this);
    for (std::size_t i = 0; i < ranges.size(); ++i)
        pages.push_back(page(ranges[i], parts[i], kept[i], budget));
    return pages;
}

StoredHistory Reader::history(const HistoryRange& range, std::size_t bytes_max) {
    StoredHistory history;
    const auto read_page = [&] {
        history.page = newest_visible(history.conversation, history.visible, range.before, range.entries_max, bytes_max,
                                      [this](const EntryRange& one, std::size_t bytes_left) {
                                          return std::move(read({one}, bytes_left).front());
                                      });
    };
    if (const auto* peer = std::get_if<UserId>(&range.of)) {
        const ConversationId direct = direct_conversation(range.user, *peer);
        if (!direct || peers_.waiting(range.user).contains(direct)) return history;
        history.conversation = direct;
        history.visible.push_back(SeqSpan{Seq(1), open_end});
        read_page();
        return history;
    }
    history.conversation = std::get<ConversationId>(range.of);
    history.visible = groups_.visible(range.user, history.conversation);
    for (;;) {
        read_page();
        if (history.visible.empty() || history.visible.back().last != open_end) return history;
        // Who comes or goes in between is answered by what he sees then.
        Visible seen = groups_.visible(range.user, history.conversation);
        if (seen == history.visible) return history;
        history.visible = std::move(seen);
    }
}

EntryPage Reader::page(const EntryRange& range, const TailPart& tail, const NewestEntries::Found& kept,
                       PageBudget& budget) {
    const Seq log_last = tail.last ? tail.last : locator_.last_indexed(range.conversation);
    const PageSpan span = page_span(range, log_last);
    if (span.is_empty()) return EntryPage{{}, span.more};
    EntryPage page = read_span(range, span, tail, kept.run.get(), budget);
    if (range.newest_first && span.last == log_last) newest_.keep(range.conversation, page.entries, kept);
    return page;
}

// What of the span fits; from its end on when the newest come first.
EntryPage Reader::read_span(const EntryRange& range, const PageSpan& span, const TailPart& tail, const EntryRun* kept,
                            PageBudget& budget) {
    EntryPage page;
    page.more = span.more;
    std::optional<std::vector<Position>> found;
    const auto read_row = [&](Seq seq) {
        if (!found) found = positions(range, tail, span.first, span.last);
        const Position position = (*found)[static_cast<std::size_t>(seq.value - span.first.value)];
        return entry_rows_.read(position, range.conversation, seq);
    };
    const std::int64_t size = span.last.value - span.first.value + 1;
    page.entries.reserve(std::min(static_cast<std::size_t>(size), reserved_entries_max));
    for (std::int64_t i = 0; i < size; ++i) {
        const Seq seq(range.newest_first ? span.last.value - i : span.first.value + i);
        const LogEntry* known = kept ? kept->find(seq) : nullptr;
        LogEntry entry = known ? *known : read_row(seq);
        if (!budget.take(entry.body.size())) {
            page.more = true;
            break;
        }
        page.entries.push_back(std::move(entry));
    }
    if (range.newest_first) std::ranges::reverse(page.entries);
    return page;
}

std::vector<Position> Reader::positions(const EntryRange& range, const TailPart& tail, Seq first, Seq last) {
    std::vector<Position> found;
    found.reserve(static_cast<std::size_t>(last.value - first.value) + 1);
    const Seq last_indexed = tail.last ? std::min(last, Seq(tail.first.value - 1)) : last;
    if (first <= last_indexed) {
        locator_.rows_from(range.conversation, first, [&](const IndexRow& row) {
            for (Seq seq = std::max(row.first, first); seq <= std::min(row.last(), last_indexed); seq = next(seq))
                found.push_back(row.positions[static_cast<std::size_t>(seq.value - row.first.value)]);
            return row.last() < last_indexed;
        });
    }
    if (std::ssize(found) != std::max<std::int64_t>(last_indexed.value - first.value + 1, 0)) {
        throw_damaged(fmt::format("the index of conversation {} lacks entries between seq {} and {}",
                                  range.conversation.value, first.value, last_indexed.value));
    }
    found.insert(found.end(), tail.positions.begin(), tail.positions.end());
    return found;
}

}  // namespace obrol::sqlite
