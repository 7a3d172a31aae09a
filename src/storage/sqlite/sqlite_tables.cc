#include "storage/sqlite/sqlite_tables.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"
#include "storage/sqlite/account_rows.h"

namespace obrol::sqlite {
namespace {

constexpr std::int64_t direct_kind = 1;  // of conversations

}  // namespace

struct SqliteTables::Statements {
    explicit Statements(const Connection& connection) : connection_(connection) {}
    const Connection& connection_;
    Statement make(std::string_view sql) { return Statement(connection_, sql); }

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

    Statement cursors = make("SELECT fetched_seq, read_seq FROM members WHERE user = ?1 AND conversation = ?2");
    Statement set_fetched = make("UPDATE members SET fetched_seq = ?3 WHERE user = ?1 AND conversation = ?2");
    Statement set_read = make("UPDATE members SET read_seq = ?3 WHERE user = ?1 AND conversation = ?2");
};

void SqliteTables::StatementsDelete::operator()(Statements* statements) const {
    delete statements;
}

SqliteTables::SqliteTables(Connection& connection, Tail& tail, const SqliteOptions& options)
    : connection_(connection),
      tail_(tail),
      statements_(new Statements(connection)),
      users_(connection, options.cached_users),
      sessions_(connection, options.cached_users),
      locator_(connection),
      entries_(connection),
      groups_(connection, options.cached_group_members),
      files_(connection),
      peers_(connection, options.cached_requests),
      folders_(connection, files_),
      answers_(connection, entries_, options.cached_idempotency_clients),
      blocks_(options.cached_conversations),
      direct_(options.cached_conversations),
      heads_(options.cached_conversations) {}

void SqliteTables::begin_batch() {
    ++batch_;
    added_.clear();
    spilled_heads_.clear();
    has_erased_ = false;
    rewritten_.clear();
}

void SqliteTables::flush_batch() {
    entries_.flush();
    peers_.flush();
}

void SqliteTables::commit_batch() {
    tail_.append(added_);
}

void SqliteTables::forget() {
    users_.forget();
    sessions_.forget();
    blocks_.clear();
    direct_.clear();
    heads_.clear();
    entries_.forget();
    groups_.forget();
    peers_.forget();
    answers_.forget();
    begin_batch();
}

bool SqliteTables::move_people(ServerId from, ServerId to, std::string_view label) {
    users_.forget();
    return peers_.move_people(from, to, label);
}

// Invitations.

std::optional<Invitation> SqliteTables::invitation(const Digest& code) {
    Rows rows = statements_->invitation.rows(Blob(code));
    return rows.next() ? std::optional(invitation_in(rows)) : std::nullopt;
}

InvitationId SqliteTables::insert_invitation(const Invitation& invitation, const Digest& code) {
    statements_->insert_invitation.run(Blob(code), invitation.created_by, static_cast<int>(invitation.role),
                                       invitation.uses_max, invitation.used, invitation.expires_at, invitation.note,
                                       invitation.created_at);
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
        statements_->add_contact.run(owner, other, at);
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
    const Position position = entries_.insert(header, body, origin);
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
    return position ? std::optional(entries_.read(*position, conversation, seq)) : std::nullopt;
}

bool SqliteTables::replace_body(ConversationId conversation, Seq seq, std::string_view body) {
    const std::optional<Position> position = position_of(conversation, seq);
    if (!position) return false;
    if (entries_.read(*position, conversation, seq).erased) return false;
    entries_.write_body(*position, body, false);
    note_rewritten(conversation);
    return true;
}

// Retention erases many of one conversation after the other.
void SqliteTables::note_rewritten(ConversationId conversation) {
    if (rewritten_.empty() || rewritten_.back() != conversation) rewritten_.push_back(conversation);
}

bool SqliteTables::erase_body(ConversationId conversation, Seq seq) {
    const std::optional<Position> position = position_of(conversation, seq);
    if (!position) return false;
    entries_.read(*position, conversation, seq);
    entries_.write_body(*position, {}, true);
    note_rewritten(conversation);
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

}  // namespace obrol::sqlite
