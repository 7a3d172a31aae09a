// Groups as rows: the columns to select, and what they mean.
#pragma once

#include <string_view>

#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

inline constexpr std::int64_t group_kind = 2;  // of conversations

// Each reads the current row of a statement that selects these columns of `groups AS g` and `group_members AS m`.
inline constexpr std::string_view group_columns =
    "g.conversation, g.id, g.name, g.code, g.history_open, g.retention_days, g.ended, g.created_at, g.home";
inline constexpr int group_column_count = 9;
Group group_in(const Rows& rows);
inline constexpr std::string_view group_member_columns = "m.user, m.role, m.joined_seq";
GroupMember group_member_in(const Rows& rows);

}  // namespace obrol::sqlite
