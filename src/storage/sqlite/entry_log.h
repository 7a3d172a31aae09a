// The part of SqliteTables that is about entries themselves; see tables.h. The writer's sight of the table `entries`:
// what a batch inserts is written several rows at a time, for a fifth fewer instructions each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/entry.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_rows.h"

namespace obrol::sqlite {

class EntryLog {
  public:
    // The connection must outlive it. Nobody else inserts entries meanwhile.
    explicit EntryLog(Connection& connection);

    // Behind all others; the position is its own for good only with the commit. It is in the file after flush() at the
    // latest, and what can go wrong with that is thrown there or at another insert().
    Position insert(const EntryHeader& header, std::string_view body, ServerId origin);
    // Before the commit.
    void flush();
    // After a rollback.
    void forget();

    // As EntryRows has them, with what was inserted last.
    LogEntry read(Position position, ConversationId conversation, Seq seq);
    LogEntry read(Position position);
    // Of an entry that is there.
    void write_body(Position position, std::string_view body, bool erased);

  private:
    // An entry that was inserted and is not in the file yet.
    struct Row {
        EntryHeader header;
        ServerId origin;
        std::uint32_t header_checksum = 0;
        std::uint32_t body_checksum = 0;
        std::size_t body_begin = 0;  // in bodies_
        std::size_t body_bytes = 0;
    };

    void insert_rows(Statement& statement, std::size_t first, std::size_t count);

    Connection& connection_;
    EntryRows rows_;
    Statement insert_many_;
    Statement insert_some_;
    Statement insert_one_;
    Statement last_position_;
    Statement header_checksum_;
    Statement write_body_;

    std::optional<Position> last_;  // handed out; none: look it up
    std::vector<Row> unwritten_;
    std::string bodies_;
};

}  // namespace obrol::sqlite
