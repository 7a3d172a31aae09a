#include "storage/sqlite/entry_rows.h"

#include <algorithm>
#include <fmt/core.h>

#include "storage/sqlite/checksum.h"

namespace obrol::sqlite {
namespace {

[[noreturn]] void throw_damaged_entry(ConversationId conversation, Seq seq, std::string_view what) {
    throw_damaged(fmt::format("entry {} of conversation {} is damaged: {}", seq.value, conversation.value, what));
}

}  // namespace

LogEntry stored_entry(const Rows& rows, int first) {
    LogEntry entry;
    EntryHeader& header = entry.header;
    header.position = rows.id<Position>(first);
    header.conversation = rows.id<ConversationId>(first + 1);
    header.seq = rows.id<Seq>(first + 2);
    const std::string_view id = rows.blob(first + 3);
    if (id.size() != header.id.bytes.size())
        throw_damaged_entry(header.conversation, header.seq, "its id has a wrong size");
    std::ranges::copy(id, header.id.bytes.begin());
    header.sender = rows.id<UserId>(first + 5);
    header.at = WallTime(std::chrono::milliseconds(rows.integer(first + 6)));
    header.kind = static_cast<EntryKind>(rows.integer(first + 7));
    const std::uint32_t of_header = header_checksum(header, rows.integer(first + 4));
    if (of_header != static_cast<std::uint32_t>(rows.integer(first + 8)))
        throw_damaged_entry(header.conversation, header.seq, "the checksum of its header is wrong");
    entry.erased = rows.integer(first + 9) != 0;
    const std::string_view body = rows.blob(first + 11);
    if (body_checksum(of_header, body, entry.erased) != static_cast<std::uint32_t>(rows.integer(first + 10)))
        throw_damaged_entry(header.conversation, header.seq, "the checksum of its body is wrong");
    entry.body = body;
    return entry;
}

void throw_missing_entry(Position position) {
    throw_damaged(fmt::format("the entry at position {} is missing", position.value));
}

EntryRows::EntryRows(const Connection& connection)
    : by_position_(connection, fmt::format("SELECT {} FROM entries WHERE position = ?1", entry_columns)) {}

LogEntry EntryRows::read(Position position, ConversationId conversation, Seq seq) {
    Rows rows = by_position_.rows(position);
    if (!rows.next()) throw_damaged_entry(conversation, seq, "it is missing");
    LogEntry entry = stored_entry(rows);
    if (entry.header.conversation != conversation || entry.header.seq != seq)
        throw_damaged_entry(conversation, seq, "another one is in its place");
    return entry;
}

LogEntry EntryRows::read(Position position) {
    Rows rows = by_position_.rows(position);
    if (!rows.next()) throw_missing_entry(position);
    return stored_entry(rows);
}

}  // namespace obrol::sqlite
