#include "storage/sqlite/peer_rows.h"

#include <algorithm>
#include <string>

namespace obrol::sqlite {
namespace {

template <class Bytes>
Bytes bytes_in(const Rows& rows, int column, const char* what) {
    Bytes bytes{};
    const std::string_view stored = rows.blob(column);
    if (stored.size() != bytes.size()) throw_damaged(what);
    std::ranges::copy(stored, bytes.begin());
    return bytes;
}

WallTime time_in(const Rows& rows, int column) {
    return WallTime(std::chrono::milliseconds(rows.integer(column)));
}

}  // namespace

MessageId message_id_in(const Rows& rows, int column) {
    return MessageId{bytes_in<decltype(MessageId::bytes)>(rows, column, "the id of an item is damaged")};
}

FormerKey former_key_in(const Rows& rows) {
    constexpr const char* damaged = "the former key of a server is damaged";
    FormerKey former;
    former.server = rows.id<ServerId>(0);
    former.key = bytes_in<PublicKey>(rows, 1, damaged);
    if (!rows.is_null(2))
        former.statement = KeyStatement{former.key, bytes_in<PublicKey>(rows, 2, damaged),
                                        bytes_in<Signature>(rows, 3, damaged), bytes_in<Signature>(rows, 4, damaged)};
    return former;
}

std::pair<Seq, EntrySignature> entry_signature_in(const Rows& rows) {
    constexpr const char* damaged = "the signature of an entry is damaged";
    EntrySignature kept;
    kept.signature = bytes_in<Signature>(rows, 1, damaged);
    if (!rows.is_null(2)) {
        kept.signed_for = {bytes_in<PublicKey>(rows, 2, damaged), std::string(rows.text(3))};
        kept.author = bytes_in<PublicKey>(rows, 4, damaged);
    }
    if (!rows.is_null(5)) kept.note = rows.blob(5);
    return {rows.id<Seq>(0), std::move(kept)};
}

GroupOrigin origin_in(const Rows& rows) {
    return {{bytes_in<PublicKey>(rows, 0, "the origin of a group is damaged"), std::string(rows.text(1))},
            rows.id<Seq>(2)};
}

Server server_in(const Rows& rows) {
    Server server;
    server.id = rows.id<ServerId>(0);
    server.label = rows.text(1);
    if (!rows.is_null(2)) server.key = bytes_in<PublicKey>(rows, 2, "the key of a server is damaged");
    server.host = rows.text(3);
    server.port = static_cast<std::uint16_t>(rows.integer(4));
    server.state = static_cast<ServerState>(rows.integer(5));
    server.met_at = time_in(rows, 6);
    server.is_address_told = rows.integer(7) != 0;
    server.named_by = rows.id<ServerId>(8);
    return server;
}

LinkCounters counters_in(const Rows& rows) {
    LinkCounters counters;
    counters.last = rows.integer(0);
    counters.last_id = message_id_in(rows, 1);
    counters.acknowledged = rows.integer(2);
    counters.received = {rows.integer(3), rows.integer(4)};
    counters.received_id = message_id_in(rows, 5);
    return counters;
}

OutboxRow outbox_row_in(const Rows& rows) {
    OutboxRow row;
    row.number = rows.integer(0);
    row.id = message_id_in(rows, 1);
    row.sender = rows.id<UserId>(2);
    if (!rows.is_null(3)) row.entry = rows.id<Position>(3);
    row.to = rows.id<UserId>(4);
    if (!rows.is_null(5)) row.payload = rows.blob(5);
    row.at = time_in(rows, 6);
    row.verdict = static_cast<ItemVerdict>(rows.integer(7));
    row.is_given_up = rows.integer(8) != 0;
    if (const std::string_view why = rows.text(9); !why.empty()) row.why = parse_chat_error(why);
    row.into_folder = rows.integer(10) != 0;
    return row;
}

}  // namespace obrol::sqlite
