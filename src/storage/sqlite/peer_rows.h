// Other servers, and what is queued for them, as rows: the columns to select, and what they mean.
#pragma once

#include <string_view>
#include <utility>

#include "storage/peer_tables.h"
#include "storage/sqlite/connection.h"

namespace obrol::sqlite {

// Each reads the current row of a statement that selects these columns. Throws SqliteFailed when a key or an id is
// damaged.
inline constexpr std::string_view server_columns =
    "id, label, key, host, port, state, met_at, is_address_told, named_by";
Server server_in(const Rows& rows);

inline constexpr std::string_view counter_columns =
    "last, last_id, acknowledged, received_epoch, received_number, received_id";
LinkCounters counters_in(const Rows& rows);

inline constexpr std::string_view outbox_columns =
    "number, id, sender, position, receiver, payload, at, verdict, given_up, why, into_folder";
inline constexpr int outbox_column_count = 11;
OutboxRow outbox_row_in(const Rows& rows);

inline constexpr std::string_view former_key_columns = "server, key, next, signature, acceptance";
FormerKey former_key_in(const Rows& rows);

// Of entry_signatures AS s with signed_names AS n beside them.
inline constexpr std::string_view signature_columns = "s.seq, s.signature, n.home, n.group_id, n.author, s.note";
std::pair<Seq, EntrySignature> entry_signature_in(const Rows& rows);

MessageId message_id_in(const Rows& rows, int column);
// Selected with these columns before others.
inline constexpr std::string_view origin_columns = "home, group_id, upto";
GroupOrigin origin_in(const Rows& rows);

// Groups at home here that somebody is or was a member of whose server is as follows.
inline constexpr std::string_view groups_of_users_where_server =
    "FROM users AS u CROSS JOIN members AS m ON m.user = u.id CROSS JOIN groups AS g "
    "ON g.conversation = m.conversation WHERE g.home = 0 AND u.server";

}  // namespace obrol::sqlite
