// Where the entries of a conversation are, as far as conversation_index knows.
#pragma once

#include <optional>
#include <vector>

#include "model/entry.h"
#include "storage/sqlite/connection.h"

namespace obrol::sqlite {

// One row of conversation_index.
struct IndexRow {
    // For `sender`, beside user ids.
    static constexpr std::int64_t nobody = 0;
    static constexpr std::int64_t several = -1;

    Seq first;
    std::int64_t sender = nobody;  // of the entries that count as unread
    std::vector<Position> positions;

    Seq last() const { return Seq(first.value + static_cast<std::int64_t>(positions.size()) - 1); }
};

inline constexpr std::size_t index_row_entries_max = 64;

// The sender of an entry that counts as unread; none of another.
inline UserId counted_sender(const EntryHeader& header) {
    return counts_as_unread(header.kind) ? header.sender : UserId();
}

// An index row's `sender` once an entry more is in it.
std::int64_t common_sender(std::int64_t so_far, UserId counted_sender);

class EntryLocator {
  public:
    // The connection must outlive it.
    explicit EntryLocator(const Connection& connection);

    // 0 when the index has nothing of the conversation.
    Seq last_indexed(ConversationId conversation);
    std::optional<IndexRow> last_row(ConversationId conversation);
    std::optional<Position> find(ConversationId conversation, Seq seq);
    // Calls `take(row)` for the rows from the one that holds `seq` on, in their order, until it says false.
    template <class Take>
    void rows_from(ConversationId conversation, Seq seq, Take take);

  private:
    static IndexRow row(ConversationId conversation, const Rows& rows);

    Statement last_;
    Statement from_;
};

template <class Take>
void EntryLocator::rows_from(ConversationId conversation, Seq seq, Take take) {
    // Further back than a row is long there can be none that holds it.
    Rows rows = from_.rows(conversation, seq.value - static_cast<std::int64_t>(index_row_entries_max));
    while (rows.next()) {
        const IndexRow found = row(conversation, rows);
        if (found.last() >= seq && !take(found)) return;
    }
}

}  // namespace obrol::sqlite
