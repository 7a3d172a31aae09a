#include "storage/sqlite/peer_reader.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"
#include "storage/sqlite/group_rows.h"
#include "storage/sqlite/peer_rows.h"

namespace obrol::sqlite {
namespace {

// Of a LIMIT: no page holds more than a store can.
std::int64_t limit(std::size_t rows_max) {
    return static_cast<std::int64_t>(std::min<std::size_t>(rows_max, INT32_MAX));
}

// Items with the entries that they are.
std::string items_where(std::string_view condition) {
    return fmt::format("SELECT {}, {} FROM outbox AS o LEFT JOIN entries AS e ON e.position = o.position WHERE {}",
                       columns_of("o", outbox_columns), columns_of("e", entry_columns), condition);
}

OutboxItem item_in(const Rows& rows) {
    OutboxRow row = outbox_row_in(rows);
    OutboxItem item{row.number,      row.id,       row.sender, row.at,
                    row.is_given_up, std::nullopt, row.to,     std::move(row.payload),
                    row.into_folder};
    if (!row.entry) return item;
    if (rows.is_null(outbox_column_count)) throw_missing_entry(row.entry);
    item.entry = stored_entry(rows, outbox_column_count);
    return item;
}

}  // namespace

PeerReader::PeerReader(Connection& connection, EntryRows& entries)
    : connection_(connection),
      entries_(entries),
      waiting_(connection, "SELECT conversation FROM stranger_requests WHERE user = ?1"),
      servers_(connection, fmt::format("SELECT {} FROM servers ORDER BY id", server_columns)),
      former_keys_(connection, fmt::format("SELECT {} FROM former_keys", former_key_columns)),
      counters_(connection, fmt::format("SELECT {} FROM links WHERE server = ?1", counter_columns)),
      queued_at_(connection,
                 "SELECT at FROM outbox WHERE server = ?1 AND number > ?2 AND given_up = 0 ORDER BY number LIMIT 1"),
      // By itself SQLite takes the primary key, and looks at all that waits.
      given_up_(connection,
                "SELECT count(*) FROM outbox INDEXED BY outbox_given_up WHERE server = ?1 AND number > ?2 "
                "AND given_up <> 0"),
      fate_(connection, fmt::format("SELECT {}, number <= coalesce((SELECT acknowledged FROM links WHERE server = ?1), "
                                    "0) FROM outbox WHERE id = ?2 AND server = ?1",
                                    outbox_columns)),
      knows_(connection,
             "SELECT NOT EXISTS (SELECT 1 FROM blocks WHERE owner = ?1 AND other = ?2) AND ("
             "EXISTS (SELECT 1 FROM contacts WHERE owner = ?1 AND other = ?2) "
             "OR (EXISTS (SELECT 1 FROM conversations WHERE kind = 1 AND low_user = min(?1, ?2) "
             "AND high_user = max(?1, ?2)) "
             "AND NOT EXISTS (SELECT 1 FROM stranger_requests WHERE user = ?1 AND stranger = ?2)) "
             "OR EXISTS (SELECT 1 FROM group_members AS g CROSS JOIN group_members AS o "
             "ON o.user = ?2 AND o.conversation = g.conversation WHERE g.user = ?1))"),
      outbox_(connection, items_where("o.server = ?1 AND o.number > ?2 ORDER BY o.number LIMIT ?3")),
      late_(connection, items_where("o.server = ?1 AND o.number > "
                                    "coalesce((SELECT acknowledged FROM links WHERE server = ?1), 0) AND o.at < ?2 "
                                    "AND o.verdict < ?3 AND o.sender <> 0 ORDER BY o.number LIMIT ?4")),
      oldest_(connection, "SELECT min(number) FROM outbox WHERE server = ?1"),
      requests_(connection,
                "SELECT stranger, conversation, first, messages FROM stranger_requests AS r WHERE user = ?1 "
                "AND NOT EXISTS (SELECT 1 FROM blocks WHERE owner = r.user AND other = r.stranger) ORDER BY first"),
      shared_(connection, fmt::format("SELECT DISTINCT {} {} = ?1 ORDER BY g.conversation", group_columns,
                                      groups_of_users_where_server)),
      at_home_there_(connection, fmt::format("SELECT {} FROM groups AS g WHERE g.home = ?1 AND g.home <> 0 "
                                             "ORDER BY g.conversation",
                                             group_columns)),
      servers_of_(connection,
                  "SELECT DISTINCT u.server FROM members AS m CROSS JOIN users AS u ON u.id = m.user "
                  "WHERE m.conversation = ?1 AND u.server <> 0 ORDER BY u.server"),
      shared_upto_(connection,
                   fmt::format("SELECT max(coalesce(i.left_seq, {})) FROM members AS m CROSS JOIN users AS u "
                               "ON u.id = m.user CROSS JOIN group_intervals AS i "
                               "ON i.user = m.user AND i.conversation = m.conversation "
                               "WHERE m.conversation = ?1 AND u.server = ?2",
                               open_end.value)),
      recovering_(connection, "SELECT recovering FROM groups WHERE conversation = ?1"),
      origins_(connection,
               fmt::format("SELECT {}, conversation FROM group_origins ORDER BY conversation, upto", origin_columns)),
      signatures_(connection, fmt::format("SELECT {} FROM entry_signatures AS s LEFT JOIN signed_names AS n "
                                          "ON n.id = s.name WHERE s.conversation = ?1 AND s.seq BETWEEN ?2 AND ?3 "
                                          "ORDER BY s.seq",
                                          signature_columns)) {}

std::vector<Server> PeerReader::servers() {
    std::vector<Server> found;
    Rows rows = servers_.rows();
    while (rows.next())
        found.push_back(server_in(rows));
    return found;
}

std::vector<FormerKey> PeerReader::former_keys() {
    std::vector<FormerKey> found;
    Rows rows = former_keys_.rows();
    while (rows.next())
        found.push_back(former_key_in(rows));
    return found;
}

std::vector<LinkProgress> PeerReader::progress() {
    std::vector<LinkProgress> all;
    const std::int64_t epoch = connection_.query_integer("SELECT value FROM meta WHERE key = 'epoch'");
    for (const Server& server : servers()) {
        LinkCounters counters;
        {
            Rows rows = counters_.rows(server.id);
            if (rows.next()) counters = counters_in(rows);
        }
        LinkProgress progress;
        progress.server = server.id;
        progress.last = {epoch, counters.last};
        progress.last_id = counters.last_id;
        progress.acknowledged = {epoch, counters.acknowledged};
        progress.received = counters.received;
        progress.received_id = counters.received_id;
        Rows given_up = given_up_.rows(server.id, counters.acknowledged);
        OBROL_CHECK(given_up.next());
        progress.queued = static_cast<std::size_t>(counters.last - counters.acknowledged - given_up.integer(0));
        Rows rows = queued_at_.rows(server.id, counters.acknowledged);
        if (rows.next()) progress.oldest_queued = WallTime(std::chrono::milliseconds(rows.integer(0)));
        all.push_back(progress);
    }
    return all;
}

std::vector<OutboxItem> PeerReader::outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                           std::size_t bytes_max) {
    std::vector<OutboxItem> items;
    std::size_t bytes = 0;
    Rows rows = outbox_.rows(server, after, limit(items_max));
    while (rows.next()) {
        OutboxItem item = item_in(rows);
        bytes += item.entry ? item.entry->body.size() : item.payload.size();
        if (bytes > bytes_max && !items.empty()) break;
        items.push_back(std::move(item));
    }
    return items;
}

std::vector<OutboxItem> PeerReader::late_items(ServerId server, WallTime before, bool is_final, std::size_t items_max) {
    std::vector<OutboxItem> items;
    const ItemVerdict told = is_final ? ItemVerdict::failed : ItemVerdict::late;
    Rows rows = late_.rows(server, before, static_cast<int>(told), limit(items_max));
    while (rows.next())
        items.push_back(item_in(rows));
    return items;
}

std::optional<OutboxFate> PeerReader::fate(ServerId server, const MessageId& item) {
    Rows rows = fate_.rows(server, Blob(item.bytes));
    if (!rows.next()) return std::nullopt;
    return fate_of(outbox_row_in(rows), rows.integer(outbox_column_count) != 0);
}

std::vector<UserId> PeerReader::who_know(UserId viewer, const std::vector<UserId>& users) {
    std::vector<UserId> found;
    for (const UserId user : users) {
        Rows rows = knows_.rows(user, viewer);
        if (rows.next() && rows.integer(0) != 0) found.push_back(user);
    }
    return found;
}

std::optional<std::int64_t> PeerReader::oldest_item(ServerId server) {
    Rows rows = oldest_.rows(server);
    return rows.next() && !rows.is_null(0) ? std::optional(rows.integer(0)) : std::nullopt;
}

std::vector<StrangerRequest> PeerReader::requests(UserId user) {
    std::vector<StrangerRequest> found;
    Rows rows = requests_.rows(user);
    while (rows.next()) {
        found.push_back({rows.id<UserId>(0), rows.id<ConversationId>(1), entries_.read(rows.id<Position>(2)),
                         static_cast<std::size_t>(rows.integer(3))});
    }
    return found;
}

std::unordered_set<ConversationId> PeerReader::waiting(UserId user) {
    std::unordered_set<ConversationId> found;
    Rows rows = waiting_.rows(user);
    while (rows.next())
        found.insert(rows.id<ConversationId>(0));
    return found;
}

// Groups.

std::vector<Group> PeerReader::shared_groups(ServerId server, bool at_home_there) {
    std::vector<Group> found;
    Rows rows = (at_home_there ? at_home_there_ : shared_).rows(server);
    while (rows.next())
        found.push_back(group_in(rows));
    return found;
}

std::vector<ServerId> PeerReader::servers_of(ConversationId group) {
    std::vector<ServerId> found;
    Rows rows = servers_of_.rows(group);
    while (rows.next())
        found.push_back(rows.id<ServerId>(0));
    return found;
}

Seq PeerReader::shared_upto(ServerId server, ConversationId group) {
    Rows rows = shared_upto_.rows(group, server);
    return rows.next() ? Seq(rows.integer(0)) : Seq();
}

bool PeerReader::is_recovering(ConversationId group) {
    Rows rows = recovering_.rows(group);
    return rows.next() && rows.integer(0) != 0;
}

std::vector<std::pair<ConversationId, GroupOrigin>> PeerReader::group_origins() {
    std::vector<std::pair<ConversationId, GroupOrigin>> found;
    constexpr int conversation_column = 3;
    Rows rows = origins_.rows();
    while (rows.next())
        found.emplace_back(rows.id<ConversationId>(conversation_column), origin_in(rows));
    return found;
}

std::vector<std::pair<Seq, EntrySignature>> PeerReader::signatures(ConversationId group, SeqSpan span) {
    std::vector<std::pair<Seq, EntrySignature>> found;
    Rows rows = signatures_.rows(group, span.first, span.last);
    while (rows.next())
        found.push_back(entry_signature_in(rows));
    return found;
}

}  // namespace obrol::sqlite
