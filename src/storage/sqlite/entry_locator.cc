#include "storage/sqlite/entry_locator.h"

#include <fmt/core.h>

#include "storage/sqlite/packed_positions.h"

namespace obrol::sqlite {

std::int64_t common_sender(std::int64_t so_far, UserId counted_sender) {
    if (!counted_sender || so_far == counted_sender.value) return so_far;
    return so_far == IndexRow::nobody ? counted_sender.value : IndexRow::several;
}

EntryLocator::EntryLocator(const Connection& connection)
    : last_(connection,
            "SELECT first_seq, entries, sender, positions FROM conversation_index WHERE conversation = ?1 "
            "ORDER BY first_seq DESC LIMIT 1"),
      from_(connection,
            "SELECT first_seq, entries, sender, positions FROM conversation_index WHERE conversation = ?1 "
            "AND first_seq > ?2 ORDER BY first_seq") {}

IndexRow EntryLocator::row(ConversationId conversation, const Rows& rows) {
    auto positions = unpack_positions(rows.blob(3));
    if (!positions || positions->empty() || std::ssize(*positions) != rows.integer(1) ||
        positions->size() > index_row_entries_max || rows.integer(0) < 1) {
        throw_damaged(
            fmt::format("the index of conversation {} is damaged at seq {}", conversation.value, rows.integer(0)));
    }
    return IndexRow{rows.id<Seq>(0), rows.integer(2), std::move(*positions)};
}

Seq EntryLocator::last_indexed(ConversationId conversation) {
    Rows rows = last_.rows(conversation);
    return rows.next() ? Seq(rows.integer(0) + rows.integer(1) - 1) : Seq();
}

std::optional<IndexRow> EntryLocator::last_row(ConversationId conversation) {
    Rows rows = last_.rows(conversation);
    return rows.next() ? std::optional(row(conversation, rows)) : std::nullopt;
}

std::optional<Position> EntryLocator::find(ConversationId conversation, Seq seq) {
    std::optional<Position> position;
    rows_from(conversation, seq, [&](const IndexRow& row) {
        if (row.first <= seq) position = row.positions[static_cast<std::size_t>(seq.value - row.first.value)];
        return false;
    });
    return position;
}

}  // namespace obrol::sqlite
