#include "storage/sqlite/group_table.h"

#include <fmt/core.h>

#include "base/check.h"
#include "model/name.h"
#include "storage/sqlite/group_rows.h"

namespace obrol::sqlite {
namespace {

std::optional<ConversationId> first_id(Rows rows) {
    return rows.next() ? std::optional(rows.id<ConversationId>(0)) : std::nullopt;
}

std::optional<std::int64_t> stored(std::optional<std::chrono::days> retention) {
    return retention ? std::optional<std::int64_t>(retention->count()) : std::nullopt;
}

}  // namespace

GroupTable::GroupTable(Connection& connection, std::size_t cached_members)
    : connection_(connection),
      find_by_key_(connection, "SELECT conversation FROM groups WHERE id_key = ?1"),
      find_by_code_(connection, "SELECT conversation FROM groups WHERE code = ?1"),
      find_(connection, fmt::format("SELECT {} FROM groups AS g WHERE g.conversation = ?1", group_columns)),
      insert_conversation_(connection, "INSERT INTO conversations(kind) VALUES (?1)"),
      insert_(connection,
              "INSERT INTO groups(conversation, id, id_key, name, code, history_open, retention_days, ended, "
              "created_at, members, changed_seq, home) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, 0, 0, ?9)"),
      update_(connection,
              "UPDATE groups SET code = nullif(?2, ''), history_open = ?3, retention_days = ?4, ended = ?5 "
              "WHERE conversation = ?1"),
      note_change_(connection, "UPDATE groups SET changed_seq = ?2 WHERE conversation = ?1"),
      member_(connection, fmt::format("SELECT {} FROM group_members AS m WHERE m.user = ?2 AND m.conversation = ?1",
                                      group_member_columns)),
      size_(connection, "SELECT members FROM groups WHERE conversation = ?1"),
      count_members_(connection, "UPDATE groups SET members = members + ?2 WHERE conversation = ?1"),
      all_members_(connection, "SELECT user FROM group_members WHERE conversation = ?1 ORDER BY arrival"),
      oldest_member_(connection, fmt::format("SELECT {} FROM group_members AS m WHERE m.conversation = ?1 "
                                             "AND m.role = ?2 ORDER BY m.arrival LIMIT 1",
                                             group_member_columns)),
      groups_of_(connection, "SELECT conversation FROM group_members WHERE user = ?1 ORDER BY arrival"),
      group_count_(connection, "SELECT count(*) FROM group_members WHERE user = ?1"),
      insert_member_(connection,
                     "INSERT INTO group_members(conversation, user, role, joined_seq) VALUES (?1, ?2, ?3, ?4)"),
      insert_cursors_(connection,
                      "INSERT OR IGNORE INTO members(user, conversation, fetched_seq, read_seq) "
                      "VALUES (?2, ?1, ?3, ?3)"),
      begin_interval_(connection, "INSERT INTO group_intervals(user, conversation, joined_seq) VALUES (?2, ?1, ?3)"),
      set_role_(connection, "UPDATE group_members SET role = ?3 WHERE user = ?2 AND conversation = ?1"),
      delete_member_(connection, "DELETE FROM group_members WHERE user = ?2 AND conversation = ?1"),
      end_interval_(connection,
                    "UPDATE group_intervals SET left_seq = ?4 WHERE user = ?2 AND conversation = ?1 "
                    "AND joined_seq = ?3"),
      is_banned_(connection, "SELECT 1 FROM group_bans WHERE conversation = ?1 AND user = ?2"),
      ban_(connection, "INSERT OR IGNORE INTO group_bans(conversation, user) VALUES (?1, ?2)"),
      unban_(connection, "DELETE FROM group_bans WHERE conversation = ?1 AND user = ?2"),
      members_(cached_members) {}

std::optional<ConversationId> GroupTable::find_by_key(std::string_view id_key) {
    return first_id(find_by_key_.rows(id_key));
}

std::optional<ConversationId> GroupTable::find_by_code(std::string_view code) {
    return first_id(find_by_code_.rows(code));
}

std::optional<Group> GroupTable::find(ConversationId conversation) {
    Rows rows = find_.rows(conversation);
    return rows.next() ? std::optional(group_in(rows)) : std::nullopt;
}

ConversationId GroupTable::insert(const Group& group) {
    insert_conversation_.run(group_kind);
    const ConversationId id(connection_.last_insert_id());
    const std::string key = name_key(group.card.id);
    insert_.run(id, group.card.id, key, group.card.name, group.code, group.history_open, stored(group.retention),
                group.created_at, group.home);
    return id;
}

void GroupTable::update(const Group& group) {
    update_.run(group.conversation, group.code, group.history_open, stored(group.retention), group.ended);
}

void GroupTable::note_change(ConversationId group, Seq seq) {
    note_change_.run(group, seq);
}

// Members.

std::optional<GroupMember> GroupTable::member(ConversationId group, UserId user) {
    const Place place(group, user);
    if (const std::optional<GroupMember>* known = members_.find(place)) return *known;
    std::optional<GroupMember> found;
    {
        Rows rows = member_.rows(group, user);
        if (rows.next()) found = group_member_in(rows);
    }
    members_.put(place, found);
    return found;
}

std::size_t GroupTable::size(ConversationId group) {
    Rows rows = size_.rows(group);
    OBROL_CHECK(rows.next());
    return static_cast<std::size_t>(rows.integer(0));
}

std::vector<UserId> GroupTable::members(ConversationId group) {
    std::vector<UserId> users;
    Rows rows = all_members_.rows(group);
    while (rows.next())
        users.push_back(rows.id<UserId>(0));
    return users;
}

std::optional<GroupMember> GroupTable::oldest_member(ConversationId group, GroupRole role) {
    Rows rows = oldest_member_.rows(group, static_cast<int>(role));
    return rows.next() ? std::optional(group_member_in(rows)) : std::nullopt;
}

std::vector<ConversationId> GroupTable::groups_of(UserId user) {
    std::vector<ConversationId> groups;
    Rows rows = groups_of_.rows(user);
    while (rows.next())
        groups.push_back(rows.id<ConversationId>(0));
    return groups;
}

std::size_t GroupTable::group_count(UserId user) {
    Rows rows = group_count_.rows(user);
    OBROL_CHECK(rows.next());
    return static_cast<std::size_t>(rows.integer(0));
}

void GroupTable::insert_member(ConversationId group, const GroupMember& member) {
    insert_member_.run(group, member.user, static_cast<int>(member.role), member.joined);
    insert_cursors_.run(group, member.user, member.joined);
    begin_interval_.run(group, member.user, member.joined);
    count_members_.run(group, 1);
    members_.put(Place(group, member.user), member);
}

void GroupTable::set_role(ConversationId group, UserId user, GroupRole role) {
    GroupMember changed = member(group, user).value();
    changed.role = role;
    set_role_.run(group, user, static_cast<int>(role));
    members_.put(Place(group, user), changed);
}

void GroupTable::delete_member(ConversationId group, UserId user, Seq left) {
    const Seq joined = member(group, user).value().joined;
    delete_member_.run(group, user);
    end_interval_.run(group, user, joined, left);
    count_members_.run(group, -1);
    members_.put(Place(group, user), std::nullopt);
}

// Bans.

bool GroupTable::is_banned(ConversationId group, UserId user) {
    Rows rows = is_banned_.rows(group, user);
    return rows.next();
}

void GroupTable::set_banned(ConversationId group, UserId user, bool banned) {
    (banned ? ban_ : unban_).run(group, user);
}

}  // namespace obrol::sqlite
