#include "storage/sqlite/indexer.h"

#include <algorithm>
#include <fmt/core.h>
#include <string>

#include "base/check.h"
#include "storage/sqlite/packed_positions.h"

namespace obrol::sqlite {
namespace {

// So many entries are indexed between two looks at the clock.
constexpr std::size_t step_entries = index_row_entries_max;

}  // namespace

Indexer::Indexer(Connection& connection, Tail& tail, const Clock& clock)
    : connection_(connection),
      tail_(tail),
      clock_(clock),
      locator_(connection),
      begin_(connection, "BEGIN IMMEDIATE"),
      commit_(connection, "COMMIT"),
      put_row_(connection,
               "INSERT INTO conversation_index(conversation, first_seq, entries, sender, positions) "
               "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(conversation, first_seq) DO UPDATE SET "
               "entries = excluded.entries, sender = excluded.sender, positions = excluded.positions"),
      set_indexed_upto_(connection, "UPDATE meta SET value = ?1 WHERE key = 'indexed_upto'") {}

void Indexer::replay() {
    Statement statement(connection_,
                        "SELECT position, conversation, seq, sender, kind FROM entries "
                        "WHERE position > (SELECT value FROM meta WHERE key = 'indexed_upto') ORDER BY position");
    Rows rows = statement.rows();
    while (rows.next()) {
        EntryHeader header;
        header.sender = rows.id<UserId>(3);
        header.kind = static_cast<EntryKind>(rows.integer(4));
        const TailEntry entry{rows.id<Position>(0), counted_sender(header)};
        const Tail::Added one{rows.id<ConversationId>(1), rows.id<Seq>(2), entry};
        const Tail::List* list = tail_.find(one.conversation);
        if (one.seq.value < 1 || (list && one.seq != next(list->last()))) {
            throw_damaged(fmt::format("the log of conversation {} does not go on with seq {}", one.conversation.value,
                                      one.seq.value));
        }
        tail_.append({&one, 1});
    }
}

void Indexer::begin_round() {
    round_ = tail_.take_changed();
    std::ranges::sort(round_);
    next_ = 0;
    round_last_ = tail_.last_position();
}

void Indexer::slice(std::size_t entries_max, Duration budget) {
    if (tail_.size() == 0) return;
    if (!is_round_under_way()) begin_round();
    const std::size_t first = next_;
    indexed_.clear();
    indexed_entries_ = 0;
    const MonotonicTime deadline = clock_.monotonic_now() + budget;
    begin_.run();
    try {
        do {
            if (index_some(round_[next_], step_entries)) ++next_;
        } while (is_round_under_way() && indexed_entries_ < entries_max && clock_.monotonic_now() < deadline);
        if (!is_round_under_way()) set_indexed_upto_.run(round_last_);
        commit_.run();
    } catch (const SqliteFailed&) {
        connection_.roll_back();
        next_ = first;
        throw;
    }
    for (const auto& [conversation, seq] : indexed_)
        tail_.drop(conversation, seq);
}

bool Indexer::index_some(ConversationId conversation, std::size_t entries_max) {
    const Tail::List* list = tail_.find(conversation);
    if (!list) return true;
    // The slice may have taken a part of the list already; the index knows best.
    std::optional<IndexRow> row = locator_.last_row(conversation);
    const Seq known = row ? row->last() : Seq();
    const Seq from = std::max(next(known), list->first);
    if (from > next(known)) {
        throw_damaged(fmt::format("the index of conversation {} ends at seq {}, but the log goes on from {}",
                                  conversation.value, known.value, from.value));
    }
    const Seq upto = std::min(list->last(), Seq(known.value + static_cast<std::int64_t>(entries_max)));
    if (upto >= from) {
        if (!row) row.emplace();
        write_row(conversation, *list, std::move(*row), upto);
        indexed_entries_ += static_cast<std::size_t>(upto.value - from.value) + 1;
    }
    if (!indexed_.empty() && indexed_.back().first == conversation) indexed_.pop_back();
    indexed_.emplace_back(conversation, std::max(upto, known));
    return indexed_.back().second >= list->last();
}

void Indexer::write_row(ConversationId conversation, const Tail::List& list, IndexRow row, Seq upto) {
    if (row.positions.empty()) row.first = Seq(1);
    while (row.last() < upto) {
        if (row.positions.size() == index_row_entries_max) row = IndexRow{next(row.last()), IndexRow::nobody, {}};
        while (row.positions.size() < index_row_entries_max && row.last() < upto) {
            const auto offset = static_cast<std::size_t>(next(row.last()).value - list.first.value);
            row.positions.push_back(list.entries[offset].position);
            row.sender = common_sender(row.sender, list.entries[offset].counted_sender);
        }
        std::string packed;
        Position before;
        for (const Position position : row.positions) {
            pack_position(packed, before, position);
            before = position;
        }
        put_row_.run(conversation, row.first, row.positions.size(), row.sender, Blob(packed));
    }
}

}  // namespace obrol::sqlite
