#include "storage/sqlite/sqlite_tables.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"
#include "storage/sqlite/account_rows.h"
#include "storage/sqlite/checksum.h"
#include "storage/sqlite/packed_positions.h"
#include "storage/sqlite/peer_rows.h"

namespace obrol::sqlite {
namespace {

constexpr std::int64_t direct_kind = 1;  // of conversations

std::int64_t milliseconds(WallTime at) {
    return at.time_since_epoch().count();
}
std::int64_t day(WallTime at) {
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}
// Stored signed: a positive number above 2^31 would take two bytes more.
std::int64_t stored(std::uint32_t checksum) {
    return static_cast<std::int32_t>(checksum);
}

}  // namespace

struct SqliteTables::Statements {
    explicit Statements(const Connection& connection) : connection_(connection) {}
    const Connection& connection_;
    Statement make(std::string_view sql) { return Statement(connection_, sql); }

    Statement named_user_count = make("SELECT count(*) FROM users WHERE named_by = ?1 AND named_by <> 0");
    Statement unnamed_user_count = make("SELECT count(*) FROM users WHERE server = ?1 AND named_by = 0");
    Statement user_named = make("SELECT id FROM users WHERE server = ?1 AND name_key = ?2");
    Statement account = make("SELECT state, server, named_by FROM users WHERE id = ?1");
    Statement user_name = make("SELECT name FROM users WHERE id = ?1");
    Statement insert_user = make(
        "INSERT INTO users(server, name, name_key, display_name, country, password_hash, role, state, created_at, "
        "named_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    Statement set_password_hash = make("UPDATE users SET password_hash = ?2 WHERE id = ?1");
    Statement set_account_state = make("UPDATE users SET state = ?2 WHERE id = ?1");

    Statement set_role = make("UPDATE users SET role = ?2 WHERE id = ?1");
    Statement set_display_name = make("UPDATE users SET display_name = ?2 WHERE id = ?1");
    Statement set_country = make("UPDATE users SET country = ?2 WHERE id = ?1");
    Statement set_user_name = make("UPDATE users SET name = ?2 WHERE id = ?1");
    Statement set_named_by = make("UPDATE users SET named_by = ?2 WHERE id = ?1");
    Statement erase_person =
        make("UPDATE users SET password_hash = '', display_name = name, country = '' WHERE id = ?1");

    Statement insert_session = make("INSERT INTO sessions(user, token, started_at, used_at) VALUES (?1, ?2, ?3, ?3)");
    Statement session = make(fmt::format("SELECT {} FROM sessions WHERE id = ?1", session_columns));
    Statement session_count = make("SELECT count(*) FROM sessions WHERE user = ?1");
    Statement delete_session = make("DELETE FROM sessions WHERE id = ?1 RETURNING user");
    Statement delete_sessions_of = make("DELETE FROM sessions WHERE user = ?1 AND id <> ?2");

    Statement set_session_used = make("UPDATE sessions SET used_at = ?2 WHERE id = ?1");

    Statement invitation = make(fmt::format("SELECT {} FROM invitations WHERE code = ?1", invitation_columns));
    Statement insert_invitation = make(
        "INSERT INTO invitations(code, created_by, role, uses_max, used, expires_at, note, created_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    Statement count_invitation_use = make("UPDATE invitations SET used = used + 1 WHERE id = ?1");
    Statement delete_invitation = make("DELETE FROM invitations WHERE id = ?1");

    Statement is_blocked = make("SELECT 1 FROM blocks WHERE owner = ?1 AND other = ?2");
    Statement block = make("INSERT OR IGNORE INTO blocks(owner, other) VALUES (?1, ?2)");
    Statement unblock = make("DELETE FROM blocks WHERE owner = ?1 AND other = ?2");

    Statement is_contact = make("SELECT 1 FROM contacts WHERE owner = ?1 AND other = ?2");
    Statement contact_count = make("SELECT count(*) FROM contacts WHERE owner = ?1");
    Statement add_contact = make("INSERT INTO contacts(owner, other, added_at) VALUES (?1, ?2, ?3)");
    Statement remove_contact = make("DELETE FROM contacts WHERE owner = ?1 AND other = ?2");
    Statement forget_contacts = make("DELETE FROM contacts WHERE owner = ?1 OR other = ?1");
    Statement forget_blocks = make("DELETE FROM blocks WHERE owner = ?1 OR other = ?1");

    Statement find_direct = make("SELECT id FROM conversations WHERE kind = 1 AND low_user = ?1 AND high_user = ?2");
    Statement insert_direct = make("INSERT INTO conversations(kind, low_user, high_user) VALUES (?1, ?2, ?3)");
    Statement insert_member =
        make("INSERT OR IGNORE INTO members(user, conversation, fetched_seq, read_seq) VALUES (?1, ?2, 0, 0)");
    Statement insert_entry = make(
        "INSERT INTO entries(conversation, seq, id, origin, sender, at, kind, header_checksum, erased, body_checksum, "
        "body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10)");
    Statement header_checksum = make("SELECT header_checksum FROM entries WHERE position = ?1");
    Statement write_body = make("UPDATE entries SET erased = ?2, body_checksum = ?3, body = ?4 WHERE position = ?1");

    Statement cursors = make("SELECT fetched_seq, read_seq FROM members WHERE user = ?1 AND conversation = ?2");
    Statement set_fetched = make("UPDATE members SET fetched_seq = ?3 WHERE user = ?1 AND conversation = ?2");
    Statement set_read = make("UPDATE members SET read_seq = ?3 WHERE user = ?1 AND conversation = ?2");

    Statement find_client = make(
        "SELECT id, used_day, coalesce((SELECT max(number) FROM idempotency_answers WHERE client = id), 0) "
        "FROM idempotency_clients WHERE user = ?1 AND client = ?2");
    Statement insert_client = make("INSERT INTO idempotency_clients(user, client, used_day) VALUES (?1, ?2, ?3)");
    Statement set_used_day = make("UPDATE idempotency_clients SET used_day = ?2 WHERE id = ?1");
    Statement find_answer =
        make("SELECT request, positions, item FROM idempotency_answers WHERE client = ?1 AND number = ?2");
    Statement insert_answer = make(
        "INSERT INTO idempotency_answers(client, number, request, at, positions, item) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6)");
    Statement forget_answers = make("DELETE FROM idempotency_answers WHERE client = ?1 AND number <= ?2");
    // The day narrows it down without an index that every use would have to change.
    Statement idle_clients = make(
        "SELECT id FROM idempotency_clients AS c WHERE used_day <= ?1 AND NOT EXISTS "
        "(SELECT 1 FROM idempotency_answers WHERE client = c.id AND at >= ?2)");
    Statement delete_client = make("DELETE FROM idempotency_clients WHERE id = ?1");
};

void SqliteTables::StatementsDelete::operator()(Statements* statements) const {
    delete statements;
}

SqliteTables::SqliteTables(Connection& connection, Tail& tail, const SqliteOptions& options)
    : connection_(connection),
      tail_(tail),
      statements_(new Statements(connection)),
      locator_(connection),
      entry_rows_(connection),
      groups_(connection, options.cached_group_members),
      files_(connection),
      peers_(connection, options.cached_requests),
      folders_(connection, files_),
      accounts_(options.cached_users),
      session_counts_(options.cached_users),
      blocks_(options.cached_conversations),
      direct_(options.cached_conversations),
      heads_(options.cached_conversations),
      clients_(options.cached_idempotency_clients) {}

void SqliteTables::begin_batch() {
    ++batch_;
    added_.clear();
    spilled_heads_.clear();
    has_erased_ = false;
}

void SqliteTables::commit_batch() {
    tail_.append(added_);
}

void SqliteTables::forget() {
    accounts_.clear();
    named_counts_.clear();
    session_counts_.clear();
    blocks_.clear();
    direct_.clear();
    heads_.clear();
    clients_.clear();
    groups_.forget();
    peers_.forget();
    begin_batch();
}

// Users and sessions.

std::optional<UserId> SqliteTables::user_named(ServerId server, std::string_view name_key) {
    Rows rows = statements_->user_named.rows(server, name_key);
    return rows.next() ? std::optional(rows.id<UserId>(0)) : std::nullopt;
}

std::optional<Account> SqliteTables::account(UserId user) {
    if (const Account* known = accounts_.find(user)) return *known;
    Rows rows = statements_->account.rows(user);
    if (!rows.next()) return std::nullopt;
    const Account account{static_cast<AccountState>(rows.integer(0)), rows.id<ServerId>(1), rows.id<ServerId>(2)};
    accounts_.put(user, account);
    return account;
}

std::string SqliteTables::user_name(UserId user) {
    Rows rows = statements_->user_name.rows(user);
    OBROL_CHECK(rows.next());
    return std::string(rows.text(0));
}

UserId SqliteTables::insert_user(const User& user, std::string_view name_key) {
    statements_->insert_user.run(user.server, user.card.name, name_key, user.card.display_name, user.card.country,
                                 user.password_hash, static_cast<int>(user.role), static_cast<int>(user.state),
                                 milliseconds(user.created_at), user.named_by);
    count_named(namer(user.named_by, user.server), 1);
    return UserId(connection_.last_insert_id());
}

void SqliteTables::set_password_hash(UserId user, std::string_view hash) {
    statements_->set_password_hash.run(user, hash);
}

void SqliteTables::set_account_state(UserId user, AccountState state) {
    statements_->set_account_state.run(user, static_cast<int>(state));
    accounts_.put(user, Account{state, ServerId(), ServerId()});  // users of other servers have no state
}

void SqliteTables::set_role(UserId user, Role role) {
    statements_->set_role.run(user, static_cast<int>(role));
}

void SqliteTables::set_display_name(UserId user, std::string_view display_name) {
    statements_->set_display_name.run(user, display_name);
}

void SqliteTables::set_country(UserId user, std::string_view country) {
    statements_->set_country.run(user, country);
}

void SqliteTables::erase_person(UserId user) {
    statements_->erase_person.run(user);
}

void SqliteTables::set_user_name(UserId user, std::string_view name) {
    statements_->set_user_name.run(user, name);
}

void SqliteTables::set_named_by(UserId user, ServerId server) {
    Account changed = account(user).value();
    statements_->set_named_by.run(user, server);
    count_named(namer(changed.named_by, changed.server), -1);
    count_named(namer(server, changed.server), 1);
    changed.named_by = server;
    accounts_.put(user, changed);
}

void SqliteTables::count_named(const Namer& namer, std::int64_t change) {
    const auto counted = named_counts_.find(namer);
    if (counted != named_counts_.end()) counted->second += static_cast<std::size_t>(change);
}

std::size_t SqliteTables::named_user_count(ServerId by, ServerId server) {
    const auto [counted, is_new] = named_counts_.try_emplace(namer(by, server));
    if (is_new) {
        Rows rows = by ? statements_->named_user_count.rows(by) : statements_->unnamed_user_count.rows(server);
        OBROL_CHECK(rows.next());
        counted->second = static_cast<std::size_t>(rows.integer(0));
    }
    return counted->second;
}

bool SqliteTables::move_people(ServerId from, ServerId to, std::string_view label) {
    accounts_.clear();
    named_counts_.clear();
    return peers_.move_people(from, to, label);
}

SessionId SqliteTables::insert_session(UserId user, const Digest& token, WallTime at) {
    statements_->insert_session.run(user, Blob(token), milliseconds(at));
    count_sessions(user, 1);
    return SessionId(connection_.last_insert_id());
}

std::optional<Session> SqliteTables::session(SessionId session) {
    Rows rows = statements_->session.rows(session);
    return rows.next() ? std::optional(session_in(rows)) : std::nullopt;
}

// Counted once: somebody may have thousands, and log in as often.
std::size_t SqliteTables::session_count(UserId user) {
    if (const std::int64_t* known = session_counts_.find(user)) return static_cast<std::size_t>(*known);
    Rows rows = statements_->session_count.rows(user);
    OBROL_CHECK(rows.next());
    session_counts_.put(user, rows.integer(0));
    return static_cast<std::size_t>(rows.integer(0));
}

void SqliteTables::count_sessions(UserId user, std::int64_t change) {
    if (const std::int64_t* known = session_counts_.find(user)) session_counts_.put(user, *known + change);
}

bool SqliteTables::delete_session(SessionId session) {
    Rows rows = statements_->delete_session.rows(session);
    if (!rows.next()) return false;
    count_sessions(rows.id<UserId>(0), -1);
    OBROL_CHECK(!rows.next());  // a statement that returns rows is over only then
    return true;
}

std::int64_t SqliteTables::delete_sessions_of(UserId user, SessionId kept) {
    statements_->delete_sessions_of.run(user, kept);
    const std::int64_t ended = connection_.changes();
    count_sessions(user, -ended);
    return ended;
}

void SqliteTables::set_session_used(SessionId session, WallTime at) {
    statements_->set_session_used.run(session, milliseconds(at));
}

// Invitations.

std::optional<Invitation> SqliteTables::invitation(const Digest& code) {
    Rows rows = statements_->invitation.rows(Blob(code));
    return rows.next() ? std::optional(invitation_in(rows)) : std::nullopt;
}

InvitationId SqliteTables::insert_invitation(const Invitation& invitation, const Digest& code) {
    std::optional<std::int64_t> expires_at;
    if (invitation.expires_at) expires_at = milliseconds(*invitation.expires_at);
    statements_->insert_invitation.run(Blob(code), invitation.created_by, static_cast<int>(invitation.role),
                                       invitation.uses_max, invitation.used, expires_at, invitation.note,
                                       milliseconds(invitation.created_at));
    return InvitationId(connection_.last_insert_id());
}

void SqliteTables::count_invitation_use(InvitationId invitation) {
    statements_->count_invitation_use.run(invitation);
}

bool SqliteTables::delete_invitation(InvitationId invitation) {
    statements_->delete_invitation.run(invitation);
    return connection_.changes() > 0;
}

// Blocks and contacts.

bool SqliteTables::is_blocked(UserId owner, UserId other) {
    const UserPair pair(owner, other);
    if (const bool* known = blocks_.find(pair)) return *known;
    Rows rows = statements_->is_blocked.rows(owner, other);
    const bool blocked = rows.next();
    blocks_.put(pair, blocked);
    return blocked;
}

void SqliteTables::set_block(UserId owner, UserId other, bool blocked) {
    (blocked ? statements_->block : statements_->unblock).run(owner, other);
    blocks_.put(UserPair(owner, other), blocked);
}

bool SqliteTables::is_contact(UserId owner, UserId other) {
    Rows rows = statements_->is_contact.rows(owner, other);
    return rows.next();
}

std::size_t SqliteTables::contact_count(UserId owner) {
    Rows rows = statements_->contact_count.rows(owner);
    OBROL_CHECK(rows.next());
    return static_cast<std::size_t>(rows.integer(0));
}

void SqliteTables::set_contact(UserId owner, UserId other, bool wanted, WallTime at) {
    if (wanted) {
        statements_->add_contact.run(owner, other, milliseconds(at));
    } else {
        statements_->remove_contact.run(owner, other);
    }
}

void SqliteTables::forget_relations(UserId user) {
    statements_->forget_contacts.run(user);
    statements_->forget_blocks.run(user);
    blocks_.clear();
}

// Conversations and their entries.

ConversationId SqliteTables::find_direct(const UserPair& pair) {
    if (const ConversationId* known = direct_.find(pair)) return *known;
    Rows rows = statements_->find_direct.rows(pair.first, pair.second);
    return rows.next() ? rows.id<ConversationId>(0) : ConversationId();
}

bool SqliteTables::has_direct_conversation(UserId one, UserId other) {
    return static_cast<bool>(find_direct(std::minmax(one, other)));
}

ConversationId SqliteTables::direct_conversation(UserId one, UserId other) {
    const UserPair pair = std::minmax(one, other);
    if (const ConversationId* known = direct_.find(pair)) return *known;
    ConversationId id = find_direct(pair);
    if (!id) {
        statements_->insert_direct.run(direct_kind, pair.first, pair.second);
        id = ConversationId(connection_.last_insert_id());
        statements_->insert_member.run(pair.first, id);
        statements_->insert_member.run(pair.second, id);
    }
    direct_.put(pair, id);
    return id;
}

void SqliteTables::put_head(ConversationId conversation, Head head) {
    const auto pushed_out = heads_.put(conversation, head);
    if (pushed_out && pushed_out->second.batch == batch_) spilled_heads_[pushed_out->first] = pushed_out->second.last;
}

Seq SqliteTables::last_seq(ConversationId conversation) {
    if (const Head* head = heads_.find(conversation)) return head->last;
    Head head;
    if (const auto spilled = spilled_heads_.find(conversation); spilled != spilled_heads_.end()) {
        head = Head{spilled->second, batch_};
    } else if (const Tail::List* list = tail_.find(conversation)) {
        head.last = list->last();
    } else {
        head.last = locator_.last_indexed(conversation);
    }
    put_head(conversation, head);
    return head.last;
}

Position SqliteTables::insert_entry(const EntryHeader& header, std::string_view body, ServerId origin) {
    OBROL_CHECK(header.seq == next(last_seq(header.conversation)));
    const std::uint32_t of_header = header_checksum(header, origin.value);
    statements_->insert_entry.run(header.conversation, header.seq, Blob(header.id.bytes), origin, header.sender,
                                  milliseconds(header.at), static_cast<int>(header.kind), stored(of_header),
                                  stored(body_checksum(of_header, body, false)), Blob(body));
    const Position position(connection_.last_insert_id());
    added_.push_back({header.conversation, header.seq, {position, counted_sender(header)}});
    put_head(header.conversation, Head{header.seq, batch_});
    if (header.kind == EntryKind::member) groups_.note_change(header.conversation, header.seq);
    return position;
}

std::optional<Position> SqliteTables::position_of(ConversationId conversation, Seq seq) {
    const auto is_it = [&](const Tail::Added& one) { return one.conversation == conversation && one.seq == seq; };
    const auto added = std::ranges::find_if(added_, is_it);
    if (added != added_.end()) return added->entry.position;
    if (const Tail::List* list = tail_.find(conversation); list && seq >= list->first && seq <= list->last())
        return list->entries[static_cast<std::size_t>(seq.value - list->first.value)].position;
    return seq.value > 0 ? locator_.find(conversation, seq) : std::nullopt;
}

std::optional<LogEntry> SqliteTables::entry(ConversationId conversation, Seq seq) {
    const std::optional<Position> position = position_of(conversation, seq);
    return position ? std::optional(entry_rows_.read(*position, conversation, seq)) : std::nullopt;
}

void SqliteTables::write_body(Position position, std::string_view body, bool erased) {
    std::uint32_t of_header = 0;
    {
        Rows rows = statements_->header_checksum.rows(position);
        OBROL_CHECK(rows.next());
        of_header = static_cast<std::uint32_t>(rows.integer(0));
    }
    statements_->write_body.run(position, erased, stored(body_checksum(of_header, body, erased)), Blob(body));
}

bool SqliteTables::replace_body(ConversationId conversation, Seq seq, std::string_view body) {
    const std::optional<Position> position = position_of(conversation, seq);
    if (!position) return false;
    if (entry_rows_.read(*position, conversation, seq).erased) return false;
    write_body(*position, body, false);
    return true;
}

bool SqliteTables::erase_body(ConversationId conversation, Seq seq) {
    const std::optional<Position> position = position_of(conversation, seq);
    if (!position) return false;
    entry_rows_.read(*position, conversation, seq);
    write_body(*position, {}, true);
    has_erased_ = true;
    return true;
}

// Groups.

std::optional<ConversationId> SqliteTables::group_named(std::string_view id_key) {
    return groups_.find_by_key(id_key);
}

std::optional<ConversationId> SqliteTables::group_with_code(std::string_view code) {
    return groups_.find_by_code(code);
}

std::optional<Group> SqliteTables::group(ConversationId conversation) {
    return groups_.find(conversation);
}

ConversationId SqliteTables::insert_group(const Group& group) {
    const ConversationId id = groups_.insert(group);
    if (group.home) peers_.note_replica(id);
    return id;
}

void SqliteTables::update_group(const Group& group) {
    groups_.update(group);
}

std::optional<GroupMember> SqliteTables::group_member(ConversationId group, UserId user) {
    return groups_.member(group, user);
}

std::size_t SqliteTables::group_size(ConversationId group) {
    return groups_.size(group);
}

std::optional<GroupMember> SqliteTables::oldest_member(ConversationId group, GroupRole role) {
    return groups_.oldest_member(group, role);
}

std::vector<ConversationId> SqliteTables::groups_of(UserId user) {
    return groups_.groups_of(user);
}

std::size_t SqliteTables::group_count(UserId user) {
    return groups_.group_count(user);
}

void SqliteTables::insert_group_member(ConversationId group, const GroupMember& member) {
    groups_.insert_member(group, member);
}

void SqliteTables::set_group_role(ConversationId group, UserId user, GroupRole role) {
    groups_.set_role(group, user, role);
}

void SqliteTables::delete_group_member(ConversationId group, UserId user, Seq left) {
    groups_.delete_member(group, user, left);
}

bool SqliteTables::is_banned(ConversationId group, UserId user) {
    return groups_.is_banned(group, user);
}

void SqliteTables::set_banned(ConversationId group, UserId user, bool banned) {
    groups_.set_banned(group, user, banned);
}

// Cursors.

std::optional<Seq> SqliteTables::cursor(UserId user, ConversationId conversation, bool fetched) {
    Rows rows = statements_->cursors.rows(user, conversation);
    return rows.next() ? std::optional(rows.id<Seq>(fetched ? 0 : 1)) : std::nullopt;
}

void SqliteTables::set_cursor(UserId user, ConversationId conversation, bool fetched, Seq seq) {
    (fetched ? statements_->set_fetched : statements_->set_read).run(user, conversation, seq);
}

// Idempotency.

SqliteTables::ClientKey SqliteTables::client_key(UserId user, std::string_view client) {
    ClientKey key(reinterpret_cast<const char*>(&user.value), sizeof user.value);
    key += client;
    return key;
}

std::optional<SqliteTables::Client> SqliteTables::find_client(UserId user, std::string_view client) {
    ClientKey key = client_key(user, client);
    if (const Client* known = clients_.find(key)) return *known;
    Rows rows = statements_->find_client.rows(user, client);
    if (!rows.next()) return std::nullopt;
    const Client found{.id = rows.integer(0), .last_number = rows.integer(2), .used_day = rows.integer(1)};
    clients_.put(std::move(key), found);
    return found;
}

std::int64_t SqliteTables::last_key_number(UserId user, std::string_view client) {
    const std::optional<Client> found = find_client(user, client);
    return found ? found->last_number : 0;
}

std::optional<KeptAnswer> SqliteTables::kept_answer(UserId user, std::string_view client, std::int64_t number) {
    const std::optional<Client> found = find_client(user, client);
    if (!found || number > found->last_number) return std::nullopt;
    Rows rows = statements_->find_answer.rows(found->id, number);
    if (!rows.next()) return std::nullopt;
    KeptAnswer answer;
    const std::string_view request = rows.blob(0);
    const auto positions = unpack_positions(rows.blob(1));
    if (!positions || request.size() != answer.request.size()) throw_damaged("a kept answer is damaged");
    std::ranges::copy(request, answer.request.begin());
    for (const Position position : *positions)
        answer.entries.push_back(entry_rows_.read(position).header);
    if (!rows.is_null(2)) answer.item = message_id_in(rows, 2);
    return answer;
}

void SqliteTables::keep_answer(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer,
                               WallTime at, std::int64_t forget_upto) {
    std::optional<Client> kept = find_client(user, client);
    if (!kept) {
        statements_->insert_client.run(user, client, day(at));
        kept = Client{.id = connection_.last_insert_id(), .last_number = 0, .used_day = day(at)};
    } else if (kept->used_day < day(at)) {
        kept->used_day = day(at);
        statements_->set_used_day.run(kept->id, kept->used_day);
    }
    std::string positions;
    Position before;
    for (const EntryHeader& entry : answer.entries) {
        pack_position(positions, before, entry.position);
        before = entry.position;
    }
    std::optional<Blob> item;
    if (answer.item) item.emplace(answer.item->bytes);
    statements_->insert_answer.run(kept->id, number, Blob(answer.request), milliseconds(at), Blob(positions), item);
    if (forget_upto > 0) statements_->forget_answers.run(kept->id, forget_upto);
    kept->last_number = std::max(kept->last_number, number);
    clients_.put(client_key(user, client), *kept);
}

void SqliteTables::forget_idle_clients(WallTime before) {
    std::vector<std::int64_t> idle;
    {
        Rows rows = statements_->idle_clients.rows(day(before), milliseconds(before));
        while (rows.next())
            idle.push_back(rows.integer(0));
    }
    if (idle.empty()) return;
    for (const std::int64_t id : idle) {
        statements_->forget_answers.run(id, INT64_MAX);
        statements_->delete_client.run(id);
    }
    clients_.clear();
}

}  // namespace obrol::sqlite
