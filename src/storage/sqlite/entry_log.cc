#include "storage/sqlite/entry_log.h"

#include "base/check.h"
#include "storage/sqlite/checksum.h"

namespace obrol::sqlite {
namespace {

// Rows of one statement: most of what wide ones save (16 rows: 1,200 of 6,000 instructions for a row; 32: 1,350).
constexpr std::size_t many_rows = 16;
constexpr std::size_t some_rows = 4;
constexpr int bound_columns = 10;

// Stored signed: a positive number above 2^31 would take two bytes more.
std::int64_t stored(std::uint32_t checksum) {
    return static_cast<std::int32_t>(checksum);
}

std::string insert_sql(std::size_t rows) {
    std::string sql =
        "INSERT INTO entries(conversation, seq, id, origin, sender, at, kind, header_checksum, erased, body_checksum, "
        "body) VALUES ";
    for (std::size_t row = 0; row < rows; ++row)
        sql += row == 0 ? "(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)" : ", (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)";
    return sql;
}

}  // namespace

EntryLog::EntryLog(Connection& connection)
    : connection_(connection),
      rows_(connection),
      insert_many_(connection, insert_sql(many_rows)),
      insert_some_(connection, insert_sql(some_rows)),
      insert_one_(connection, insert_sql(1)),
      last_position_(connection, "SELECT coalesce(max(position), 0) FROM entries"),
      header_checksum_(connection, "SELECT header_checksum FROM entries WHERE position = ?1"),
      write_body_(connection, "UPDATE entries SET erased = ?2, body_checksum = ?3, body = ?4 WHERE position = ?1") {
    unwritten_.reserve(many_rows);
}

Position EntryLog::insert(const EntryHeader& header, std::string_view body, ServerId origin) {
    if (!last_) {
        Rows rows = last_position_.rows();
        OBROL_CHECK(rows.next());
        last_ = rows.id<Position>(0);
    }
    const std::uint32_t of_header = header_checksum(header, origin.value);
    unwritten_.push_back(
        Row{header, origin, of_header, body_checksum(of_header, body, false), bodies_.size(), body.size()});
    bodies_ += body;
    last_ = Position(last_->value + 1);
    if (unwritten_.size() == many_rows) flush();
    return *last_;
}

void EntryLog::flush() {
    if (unwritten_.empty()) return;
    std::size_t written = 0;
    const auto write = [&](Statement& statement, std::size_t rows) {
        for (; unwritten_.size() - written >= rows; written += rows)
            insert_rows(statement, written, rows);
    };
    write(insert_many_, many_rows);
    write(insert_some_, some_rows);
    write(insert_one_, 1);
    OBROL_CHECK(connection_.last_insert_id() == last_->value);
    unwritten_.clear();
    bodies_.clear();
}

void EntryLog::insert_rows(Statement& statement, std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Row& row = unwritten_[first + i];
        const EntryHeader& header = row.header;
        statement.bind_from(static_cast<int>(i) * bound_columns + 1, header.conversation, header.seq,
                            Blob(header.id.bytes), row.origin, header.sender, header.at, static_cast<int>(header.kind),
                            stored(row.header_checksum), stored(row.body_checksum),
                            Blob(std::string_view(bodies_).substr(row.body_begin, row.body_bytes)));
    }
    statement.run_bound();
}

void EntryLog::forget() {
    last_.reset();
    unwritten_.clear();
    bodies_.clear();
}

LogEntry EntryLog::read(Position position, ConversationId conversation, Seq seq) {
    flush();
    return rows_.read(position, conversation, seq);
}

LogEntry EntryLog::read(Position position) {
    flush();
    return rows_.read(position);
}

void EntryLog::write_body(Position position, std::string_view body, bool erased) {
    flush();
    std::uint32_t of_header = 0;
    {
        Rows rows = header_checksum_.rows(position);
        OBROL_CHECK(rows.next());
        of_header = static_cast<std::uint32_t>(rows.integer(0));
    }
    write_body_.run(position, erased, stored(body_checksum(of_header, body, erased)), Blob(body));
}

}  // namespace obrol::sqlite
