#include "storage/sqlite/peer_table.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"
#include "model/name.h"
#include "storage/sqlite/peer_rows.h"

namespace obrol::sqlite {
namespace {

std::vector<ConversationId> conversations_in(Rows rows) {
    std::vector<ConversationId> found;
    while (rows.next())
        found.push_back(rows.id<ConversationId>(0));
    return found;
}

}  // namespace

struct PeerTable::Statements {
    explicit Statements(const Connection& connection) : connection_(connection) {}
    const Connection& connection_;
    Statement make(std::string_view sql) { return Statement(connection_, sql); }

    Statement servers = make(fmt::format("SELECT {} FROM servers", server_columns));
    Statement insert_server = make(
        "INSERT INTO servers(label, label_key, key, host, port, state, met_at, is_address_told, named_by) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    Statement update_server = make(
        "UPDATE servers SET label = ?2, label_key = ?3, key = ?4, host = ?5, port = ?6, state = ?7, met_at = ?8, "
        "is_address_told = ?9, named_by = ?10 WHERE id = ?1");
    Statement delete_server = make("DELETE FROM servers WHERE id = ?1");
    Statement former_keys = make(fmt::format("SELECT {} FROM former_keys", former_key_columns));
    Statement put_former_key = make(
        "INSERT OR REPLACE INTO former_keys(server, key, next, signature, acceptance) VALUES (?1, ?2, ?3, ?4, ?5)");
    Statement delete_former_key = make("DELETE FROM former_keys WHERE key = ?1");
    Statement move_former_keys = make("UPDATE former_keys SET server = ?2 WHERE server = ?1");
    Statement delete_counters = make("DELETE FROM links WHERE server = ?1");
    Statement move_users = make(
        "UPDATE users SET server = ?2 WHERE server = ?1 AND name_key NOT IN "
        "(SELECT name_key FROM users WHERE server = ?2)");
    Statement move_files = make("UPDATE files SET elsewhere = ?2 WHERE elsewhere = ?1");
    Statement move_folder_files =
        make("UPDATE folder_files SET elsewhere = ?2 WHERE elsewhere = ?1 AND elsewhere <> 0");
    Statement move_named = make("UPDATE users SET named_by = ?2 WHERE named_by = ?1 AND named_by <> 0");
    Statement relabel_users = make("UPDATE users SET name = substr(name, 1, instr(name, '@')) || ?2 WHERE server = ?1");
    Statement relabel_groups = make(
        "UPDATE groups SET id = substr(id, 1, instr(id, '@')) || ?2, "
        "id_key = substr(id_key, 1, instr(id_key, '@')) || ?3 WHERE home = ?1 AND home <> 0");
    Statement has_people =
        make("SELECT 1 FROM users WHERE server = ?1 UNION ALL SELECT 1 FROM groups WHERE home = ?1 AND home <> 0");

    Statement epoch = make("SELECT value FROM meta WHERE key = 'epoch'");
    Statement set_epoch = make("UPDATE meta SET value = ?1 WHERE key = 'epoch'");
    Statement counters = make(fmt::format("SELECT {} FROM links WHERE server = ?1", counter_columns));
    Statement put_counters = make(
        "INSERT OR REPLACE INTO links(server, last, last_id, acknowledged, received_epoch, received_number, "
        "received_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    Statement insert_item = make(
        "INSERT INTO outbox(server, number, id, sender, position, receiver, payload, at, verdict, given_up, "
        "into_folder) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    Statement item = make(fmt::format("SELECT {} FROM outbox WHERE id = ?2 AND server = ?1", outbox_columns));
    Statement set_verdict =
        make("UPDATE outbox SET verdict = ?3, why = ?4, given_up = ?5 WHERE server = ?1 AND number = ?2");
    Statement oldest_items = make("SELECT number, at FROM outbox WHERE server = ?1 ORDER BY number LIMIT ?2");
    Statement delete_items = make("DELETE FROM outbox WHERE server = ?1 AND number <= ?2");
    Statement renumber_items = make("UPDATE outbox SET number = number - ?2 WHERE server = ?1");
    Statement move_items = make("UPDATE outbox SET server = ?2, number = number + ?3 WHERE server = ?1");

    Statement note_received = make("INSERT OR IGNORE INTO received(server, id) VALUES (?1, ?2)");
    Statement forget_received = make(
        "DELETE FROM received WHERE server = ?1 AND id IN (SELECT id FROM received WHERE server = ?1 AND id < ?2 "
        "ORDER BY id LIMIT ?3)");

    Statement request =
        make("SELECT conversation, first, messages FROM stranger_requests WHERE user = ?1 AND stranger = ?2");
    Statement put_request = make(
        "INSERT OR REPLACE INTO stranger_requests(user, stranger, conversation, first, messages) "
        "VALUES (?1, ?2, ?3, ?4, ?5)");
    Statement delete_request = make("DELETE FROM stranger_requests WHERE user = ?1 AND stranger = ?2");
    Statement delete_requests_of = make("DELETE FROM stranger_requests WHERE user = ?1");

    Statement closed = make("SELECT conversation FROM groups WHERE home <> 0 OR recovering <> 0");
    Statement recovering =
        make("SELECT conversation FROM groups WHERE (home <> 0 OR recovering <> 0) AND recovering <> 0");
    Statement is_recovering = make("SELECT recovering FROM groups WHERE conversation = ?1");
    Statement set_recovering = make("UPDATE groups SET recovering = ?2 WHERE conversation = ?1");
    Statement shared_groups = make(fmt::format("SELECT DISTINCT g.conversation {} > 0", groups_of_users_where_server));
    Statement replica_count = make("SELECT count(*) FROM groups WHERE home = ?1 AND home <> 0");
    Statement adopt_group =
        make("UPDATE groups SET home = ?2, id = ?3, id_key = ?4, name = ?5 WHERE conversation = ?1");
    Statement put_origin =
        make("INSERT OR REPLACE INTO group_origins(conversation, home, group_id, upto) VALUES (?1, ?2, ?3, ?4)");
    Statement name_signature = make("INSERT OR IGNORE INTO signed_names(home, group_id, author) VALUES (?1, ?2, ?3)");
    Statement insert_signature = make(
        "INSERT INTO entry_signatures(conversation, seq, signature, note, name) VALUES (?1, ?2, ?3, ?4, "
        "(SELECT id FROM signed_names WHERE home = ?5 AND group_id = ?6 AND author = ?7))");
    Statement signed_names = make(
        "SELECT n.home, n.group_id, max(s.seq) FROM entry_signatures AS s JOIN signed_names AS n ON n.id = s.name "
        "WHERE s.conversation = ?1 AND n.home <> zeroblob(32) GROUP BY n.home, n.group_id ORDER BY max(s.seq)");

    Statement invited_by = make("SELECT invited_by FROM group_invitations WHERE conversation = ?1 AND user = ?2");
    Statement invite =
        make("INSERT OR REPLACE INTO group_invitations(conversation, user, invited_by, item) VALUES (?1, ?2, ?3, ?4)");
    Statement end_invitation = make("DELETE FROM group_invitations WHERE conversation = ?1 AND user = ?2");
    Statement end_invitation_of_item = make("DELETE FROM group_invitations WHERE item = ?1");
};

PeerTable::PeerTable(Connection& connection, std::size_t cached_requests)
    : connection_(connection), has_request_(cached_requests) {}

PeerTable::~PeerTable() = default;

PeerTable::Statements& PeerTable::statements() {
    if (!statements_) statements_ = std::make_unique<Statements>(connection_);
    return *statements_;
}

void PeerTable::flush() {
    for (auto& [server, counted] : counters_) {
        if (!std::exchange(counted.is_changed, false)) continue;
        const LinkCounters& counters = counted.counters;
        statements().put_counters.run(server, counters.last, Blob(counters.last_id.bytes), counters.acknowledged,
                                      counters.received.epoch, counters.received.number,
                                      Blob(counters.received_id.bytes));
    }
}

void PeerTable::forget() {
    servers_.reset();
    former_keys_.reset();
    closed_.reset();
    epoch_.reset();
    counters_.clear();
    has_request_.clear();
}

// Servers.

std::map<ServerId, Server>& PeerTable::known() {
    if (servers_) return *servers_;
    std::map<ServerId, Server> found;
    Rows rows = statements().servers.rows();
    while (rows.next()) {
        Server server = server_in(rows);
        const ServerId id = server.id;
        found.emplace(id, std::move(server));
    }
    return servers_.emplace(std::move(found));
}

const Server* PeerTable::server(ServerId server) {
    const auto found = known().find(server);
    return found == known().end() ? nullptr : &found->second;
}

const Server* PeerTable::server_labelled(std::string_view label_key) {
    const auto has_label = [&](const auto& one) { return name_key(one.second.label) == label_key; };
    const auto found = std::ranges::find_if(known(), has_label);
    return found == known().end() ? nullptr : &found->second;
}

const Server* PeerTable::server_with_key(const PublicKey& key) {
    const auto found = std::ranges::find_if(known(), [&](const auto& one) { return one.second.key == key; });
    return found == known().end() ? nullptr : &found->second;
}

std::vector<ServerId> PeerTable::servers() {
    std::vector<ServerId> ids;
    for (const auto& [id, server] : known())
        ids.push_back(id);
    return ids;
}

ServerId PeerTable::insert_server(const Server& server) {
    std::optional<Blob> key;
    if (server.key) key.emplace(*server.key);
    statements().insert_server.run(server.label, name_key(server.label), key, server.host, server.port,
                                   static_cast<int>(server.state), server.met_at,
                                   static_cast<int>(server.is_address_told), server.named_by);
    const ServerId id(connection_.last_insert_id());
    known().insert_or_assign(id, server).first->second.id = id;
    return id;
}

void PeerTable::update_server(const Server& server) {
    std::optional<Blob> key;
    if (server.key) key.emplace(*server.key);
    statements().update_server.run(server.id, server.label, name_key(server.label), key, server.host, server.port,
                                   static_cast<int>(server.state), server.met_at,
                                   static_cast<int>(server.is_address_told), server.named_by);
    known().insert_or_assign(server.id, server);
}

bool PeerTable::move_people(ServerId from, ServerId to, std::string_view label) {
    Statements& run = statements();
    if (from != to) {
        run.move_users.run(from, to);
        run.move_named.run(from, to);
        run.move_files.run(from, to);
        run.move_folder_files.run(from, to);
    }
    run.relabel_users.run(to, label);
    run.relabel_groups.run(to, label, name_key(label));
    if (from == to) return false;
    Rows left = run.has_people.rows(from);
    return !left.next();
}

void PeerTable::delete_server(ServerId server) {
    statements().delete_server.run(server);
    statements().delete_counters.run(server);
    known().erase(server);
    counters_.erase(server);
}

// Former keys.

std::map<PublicKey, FormerKey>& PeerTable::former_keys() {
    if (former_keys_) return *former_keys_;
    std::map<PublicKey, FormerKey> found;
    Rows rows = statements().former_keys.rows();
    while (rows.next()) {
        const FormerKey former = former_key_in(rows);
        found.emplace(former.key, former);
    }
    return former_keys_.emplace(std::move(found));
}

const FormerKey* PeerTable::former_key(const PublicKey& key) {
    const auto found = former_keys().find(key);
    return found == former_keys().end() ? nullptr : &found->second;
}

void PeerTable::put_former_key(const FormerKey& former) {
    std::optional<Blob> next;
    std::optional<Blob> signature;
    std::optional<Blob> acceptance;
    if (former.statement) {
        next.emplace(former.statement->new_key);
        signature.emplace(former.statement->signature);
        acceptance.emplace(former.statement->acceptance);
    }
    statements().put_former_key.run(former.server, Blob(former.key), next, signature, acceptance);
    former_keys().insert_or_assign(former.key, former);
}

void PeerTable::delete_former_key(const PublicKey& key) {
    statements().delete_former_key.run(Blob(key));
    former_keys().erase(key);
}

void PeerTable::move_former_keys(ServerId from, ServerId to) {
    statements().move_former_keys.run(from, to);
    former_keys_.reset();
}

// Counters.

std::int64_t PeerTable::epoch() {
    if (epoch_) return *epoch_;
    Rows rows = statements().epoch.rows();
    OBROL_CHECK(rows.next());
    epoch_ = rows.integer(0);
    return *epoch_;
}

void PeerTable::set_epoch(std::int64_t epoch) {
    statements().set_epoch.run(epoch);
    epoch_ = epoch;
}

PeerTable::Counted& PeerTable::counted(ServerId server) {
    const auto [known, is_new] = counters_.try_emplace(server);
    if (!is_new) return known->second;
    Rows rows = statements().counters.rows(server);
    if (rows.next()) known->second.counters = counters_in(rows);
    return known->second;
}

LinkCounters PeerTable::counters(ServerId server) {
    return counted(server).counters;
}

void PeerTable::set_counters(ServerId server, const LinkCounters& counters) {
    counted(server) = {counters, true};
}

// The outbox.

void PeerTable::insert_item(ServerId to, const OutboxRow& row) {
    std::optional<Position> position;
    std::optional<Blob> payload;
    if (row.entry) {
        position = row.entry;
    } else {
        payload.emplace(row.payload);
    }
    statements().insert_item.run(to, row.number, Blob(row.id.bytes), row.sender, position, row.to, payload, row.at,
                                 static_cast<int>(row.verdict), row.is_given_up, row.into_folder);
}

std::optional<OutboxRow> PeerTable::item(ServerId to, const MessageId& id) {
    Rows rows = statements().item.rows(to, Blob(id.bytes));
    return rows.next() ? std::optional(outbox_row_in(rows)) : std::nullopt;
}

void PeerTable::set_verdict(ServerId to, std::int64_t number, ItemVerdict verdict, ChatError why, bool is_given_up) {
    statements().set_verdict.run(to, number, static_cast<int>(verdict), to_string(why), is_given_up);
}

std::vector<std::pair<std::int64_t, WallTime>> PeerTable::oldest_items(ServerId to, std::size_t items_max) {
    std::vector<std::pair<std::int64_t, WallTime>> oldest;
    Rows rows = statements().oldest_items.rows(to, std::min<std::size_t>(items_max, INT32_MAX));
    while (rows.next())
        oldest.emplace_back(rows.integer(0), WallTime(std::chrono::milliseconds(rows.integer(1))));
    return oldest;
}

void PeerTable::delete_items(ServerId to, std::int64_t upto) {
    statements().delete_items.run(to, upto);
}

void PeerTable::renumber_items(ServerId to, std::int64_t offset) {
    statements().renumber_items.run(to, offset);
}

void PeerTable::move_items(ServerId from, ServerId to, std::int64_t offset) {
    statements().move_items.run(from, to, offset);
}

// What was received.

bool PeerTable::note_received(ServerId from, const MessageId& item) {
    statements().note_received.run(from, Blob(item.bytes));
    return connection_.changes() > 0;
}

void PeerTable::forget_received(WallTime before, std::size_t items_max) {
    const MessageId end = first_id_at(before);
    for (const ServerId server : servers())
        statements().forget_received.run(server, Blob(end.bytes), std::min<std::size_t>(items_max, INT32_MAX));
}

// Strangers.

std::optional<RequestRow> PeerTable::request(UserId user, UserId stranger) {
    const UserPair pair(user, stranger);
    if (const bool* known = has_request_.find(pair); known && !*known) return std::nullopt;
    Rows rows = statements().request.rows(user, stranger);
    const bool is_there = rows.next();
    has_request_.put(pair, is_there);
    if (!is_there) return std::nullopt;
    return RequestRow{rows.id<ConversationId>(0), rows.id<Position>(1), static_cast<std::size_t>(rows.integer(2))};
}

void PeerTable::put_request(UserId user, UserId stranger, const RequestRow& request) {
    statements().put_request.run(user, stranger, request.conversation, request.first, request.messages);
    has_request_.put(UserPair(user, stranger), true);
}

bool PeerTable::delete_request(UserId user, UserId stranger) {
    const UserPair pair(user, stranger);
    if (const bool* known = has_request_.find(pair); known && !*known) return false;
    statements().delete_request.run(user, stranger);
    const bool was_there = connection_.changes() > 0;
    has_request_.put(pair, false);
    return was_there;
}

void PeerTable::delete_requests_of(UserId user) {
    statements().delete_requests_of.run(user);
    has_request_.clear();
}

// Groups.

std::unordered_set<ConversationId>& PeerTable::closed() {
    if (closed_) return *closed_;
    std::unordered_set<ConversationId> found;
    for (const ConversationId id : conversations_in(statements().closed.rows()))
        found.insert(id);
    return closed_.emplace(std::move(found));
}

bool PeerTable::is_closed(ConversationId group) {
    return closed().contains(group);
}

void PeerTable::note_replica(ConversationId group) {
    closed().insert(group);
}

bool PeerTable::is_recovering(ConversationId group) {
    if (!is_closed(group)) return false;
    Rows rows = statements().is_recovering.rows(group);
    return rows.next() && rows.integer(0) != 0;
}

void PeerTable::set_recovering(ConversationId group, bool recovering) {
    statements().set_recovering.run(group, recovering);
    closed_.reset();
}

std::vector<ConversationId> PeerTable::recovering_groups() {
    return conversations_in(statements().recovering.rows());
}

std::vector<ConversationId> PeerTable::shared_groups() {
    return conversations_in(statements().shared_groups.rows());
}

std::size_t PeerTable::replica_count(ServerId home) {
    Rows rows = statements().replica_count.rows(home);
    OBROL_CHECK(rows.next());
    return static_cast<std::size_t>(rows.integer(0));
}

void PeerTable::adopt_group(const Group& group) {
    statements().adopt_group.run(group.conversation, group.home, group.card.id, name_key(group.card.id),
                                 group.card.name);
    closed_.reset();
}

void PeerTable::put_group_origin(ConversationId group, const GroupOrigin& origin) {
    statements().put_origin.run(group, Blob(origin.name.home), origin.name.id, origin.upto);
}

void PeerTable::insert_signature(ConversationId group, Seq seq, const EntrySignature& kept) {
    const Blob home(kept.signed_for.home);
    const Blob author(kept.author);
    std::optional<Blob> note;
    if (!kept.note.empty()) note.emplace(kept.note);
    statements().name_signature.run(home, kept.signed_for.id, author);
    statements().insert_signature.run(group, seq, Blob(kept.signature), note, home, kept.signed_for.id, author);
}

std::vector<GroupOrigin> PeerTable::signed_names(ConversationId group) {
    std::vector<GroupOrigin> names;
    Rows rows = statements().signed_names.rows(group);
    while (rows.next())
        names.push_back(origin_in(rows));
    return names;
}

std::optional<UserId> PeerTable::invited_by(ConversationId group, UserId user) {
    Rows rows = statements().invited_by.rows(group, user);
    return rows.next() ? std::optional(rows.id<UserId>(0)) : std::nullopt;
}

void PeerTable::put_group_invitation(ConversationId group, UserId user, UserId by, const MessageId& item) {
    statements().invite.run(group, user, by, Blob(item.bytes));
}

void PeerTable::delete_group_invitation(ConversationId group, UserId user) {
    statements().end_invitation.run(group, user);
}

void PeerTable::delete_group_invitation(const MessageId& item) {
    statements().end_invitation_of_item.run(Blob(item.bytes));
}

}  // namespace obrol::sqlite
