#include "storage/sqlite/group_reader.h"

#include <algorithm>
#include <fmt/core.h>

#include "storage/sqlite/group_rows.h"

namespace obrol::sqlite {
namespace {

std::optional<ConversationId> first_id(Rows rows) {
    return rows.next() ? std::optional(rows.id<ConversationId>(0)) : std::nullopt;
}

std::vector<UserId> users_in(Rows rows) {
    std::vector<UserId> users;
    while (rows.next())
        users.push_back(rows.id<UserId>(0));
    return users;
}

constexpr std::string_view interval_columns = "i.joined_seq, i.left_seq, g.history_open, i.conversation";

// Of one user in one group, row by row.
void add_interval(Visible& visible, const Rows& rows) {
    if (!rows.is_null(1)) {
        visible.push_back(SeqSpan{rows.id<Seq>(0), Seq(rows.integer(1) - 1)});
    } else if (rows.integer(2) != 0) {
        visible = {SeqSpan{Seq(1), open_end}};
    } else {
        visible.push_back(SeqSpan{rows.id<Seq>(0), open_end});
    }
}

}  // namespace

GroupReader::GroupReader(const Connection& connection)
    : find_by_key_(connection, "SELECT conversation FROM groups WHERE id_key = ?1"),
      find_by_code_(connection, "SELECT conversation FROM groups WHERE code = ?1"),
      find_(connection,
            fmt::format("SELECT {}, g.changed_seq FROM groups AS g WHERE g.conversation = ?1", group_columns)),
      members_(connection, fmt::format("SELECT {} FROM group_members AS m WHERE m.conversation = ?1 ORDER BY m.arrival",
                                       group_member_columns)),
      groups_of_(connection, fmt::format("SELECT {}, g.members, m.role FROM group_members AS m CROSS JOIN groups AS g "
                                         "ON g.conversation = m.conversation WHERE m.user = ?1 ORDER BY m.arrival",
                                         group_columns)),
      visible_(connection, fmt::format("SELECT {} FROM group_intervals AS i CROSS JOIN groups AS g "
                                       "ON g.conversation = i.conversation WHERE i.user = ?1 AND i.conversation = ?2 "
                                       "ORDER BY i.joined_seq",
                                       interval_columns)),
      visible_everywhere_(connection, fmt::format("SELECT {} FROM group_intervals AS i CROSS JOIN groups AS g "
                                                  "ON g.conversation = i.conversation WHERE i.user = ?1 "
                                                  "ORDER BY i.conversation, i.joined_seq",
                                                  interval_columns)),
      banned_(connection, "SELECT user FROM group_bans WHERE conversation = ?1 ORDER BY user"),
      list_(connection, fmt::format("SELECT {}, g.members FROM groups AS g WHERE g.id_key > ?1 ORDER BY g.id_key "
                                    "LIMIT ?2",
                                    group_columns)),
      with_retention_(connection, fmt::format("SELECT {} FROM groups AS g WHERE g.retention_days IS NOT NULL "
                                              "ORDER BY g.conversation",
                                              group_columns)),
      contacts_(connection, "SELECT other FROM contacts WHERE owner = ?1 ORDER BY id") {}

std::optional<ConversationId> GroupReader::find_by_key(std::string_view id_key) {
    return first_id(find_by_key_.rows(id_key));
}

std::optional<ConversationId> GroupReader::find_by_code(std::string_view code) {
    return first_id(find_by_code_.rows(code));
}

std::optional<StoredGroup> GroupReader::find(ConversationId conversation) {
    StoredGroup found;
    {
        Rows rows = find_.rows(conversation);
        if (!rows.next()) return std::nullopt;
        found.group = group_in(rows);
        found.last = rows.id<Seq>(group_column_count);
    }
    Rows rows = members_.rows(conversation);
    while (rows.next())
        found.members.push_back(group_member_in(rows));
    return found;
}

std::vector<Membership> GroupReader::groups_of(UserId user) {
    std::vector<Membership> found;
    Rows rows = groups_of_.rows(user);
    while (rows.next()) {
        found.push_back(Membership{group_in(rows), static_cast<GroupRole>(rows.integer(group_column_count + 1)),
                                   static_cast<std::size_t>(rows.integer(group_column_count))});
    }
    return found;
}

Visible GroupReader::visible(UserId user, ConversationId conversation) {
    Visible visible;
    Rows rows = visible_.rows(user, conversation);
    while (rows.next())
        add_interval(visible, rows);
    return visible;
}

std::unordered_map<ConversationId, Visible> GroupReader::visible(UserId user) {
    std::unordered_map<ConversationId, Visible> visible;
    Rows rows = visible_everywhere_.rows(user);
    while (rows.next())
        add_interval(visible[rows.id<ConversationId>(3)], rows);
    return visible;
}

std::vector<UserId> GroupReader::banned(ConversationId conversation) {
    return users_in(banned_.rows(conversation));
}

std::vector<Membership> GroupReader::list(std::string_view after, std::size_t groups_max) {
    std::vector<Membership> found;
    // No page holds more groups than a store can.
    Rows rows = list_.rows(after, std::min<std::size_t>(groups_max, INT32_MAX));
    while (rows.next()) {
        found.push_back(
            Membership{group_in(rows), GroupRole::member, static_cast<std::size_t>(rows.integer(group_column_count))});
    }
    return found;
}

std::vector<Group> GroupReader::with_retention() {
    std::vector<Group> found;
    Rows rows = with_retention_.rows();
    while (rows.next())
        found.push_back(group_in(rows));
    return found;
}

std::vector<UserId> GroupReader::contacts(UserId user) {
    return users_in(contacts_.rows(user));
}

}  // namespace obrol::sqlite
