// Brings conversation_index up to date with the log, in slices: short transactions between the commits that somebody
// waits for.
//
// The slices of one round go through the conversations that the tail held when the round began, in ascending order, so
// that neighbouring rows of the index are written together. A slice commits without a sync: the write-ahead log keeps
// the order of transactions, so a power cut takes a slice together with everything after it, or not at all, and the
// next commit's sync covers it. indexed_upto moves in the round's last slice; entries that are indexed once more after
// a crash are recognised by their seq.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_locator.h"
#include "storage/sqlite/tail.h"

namespace obrol::sqlite {

class Indexer {
  public:
    // All must outlive it.
    Indexer(Connection& connection, Tail& tail, const Clock& clock);

    // Reads what the index lacks into the tail. Once, after opening.
    void replay();

    bool is_round_under_way() const { return next_ < round_.size(); }
    // One slice, in a transaction of its own: ends after about `entries_max` entries or when `budget` is spent, but
    // not before it did something. Begins a round when none is under way. On a failure nothing has changed.
    void slice(std::size_t entries_max, Duration budget);

  private:
    void begin_round();
    // Takes at most `entries_max` of a conversation's entries; true when nothing of the round is left in it.
    bool index_some(ConversationId conversation, std::size_t entries_max);
    void write_row(ConversationId conversation, const Tail::List& list, IndexRow row, Seq upto);

    Connection& connection_;
    Tail& tail_;
    const Clock& clock_;
    EntryLocator locator_;
    Statement begin_;
    Statement commit_;
    Statement put_row_;
    Statement set_indexed_upto_;

    std::vector<ConversationId> round_;
    std::size_t next_ = 0;
    Position round_last_;
    std::vector<std::pair<ConversationId, Seq>> indexed_;  // by the open slice
    std::size_t indexed_entries_ = 0;
};

}  // namespace obrol::sqlite
