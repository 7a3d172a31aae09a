// Reads entries by position and verifies what it reads.
#pragma once

#include <string_view>

#include "model/entry.h"
#include "storage/sqlite/connection.h"

namespace obrol::sqlite {

// What stored_entry() reads, in its order.
inline constexpr std::string_view entry_columns =
    "position, conversation, seq, id, origin, sender, at, kind, header_checksum, erased, body_checksum, body";

// The entry in the current row, whose columns begin with `first`. Throws SqliteFailed, naming conversation and seq,
// when its checksums do not fit.
LogEntry stored_entry(const Rows& rows, int first = 0);
[[noreturn]] void throw_missing_entry(Position position);

class EntryRows {
  public:
    // The connection must outlive it.
    explicit EntryRows(const Connection& connection);

    // Throws SqliteFailed when there is no undamaged entry of this conversation and seq.
    LogEntry read(Position position, ConversationId conversation, Seq seq);
    // The same for an entry of which only the position is known.
    LogEntry read(Position position);

  private:
    Statement by_position_;
};

}  // namespace obrol::sqlite
