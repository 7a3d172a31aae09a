// Users, sessions and invitations as rows: the columns to select, and what they mean.
#pragma once

#include <string_view>

#include "model/invitation.h"
#include "model/session.h"
#include "model/user.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace obrol::sqlite {

inline constexpr std::string_view user_columns =
    "id, name, display_name, country, password_hash, role, state, created_at, server, named_by";
inline constexpr std::string_view session_columns = "id, user, started_at, used_at, token";
inline constexpr std::string_view invitation_columns =
    "id, created_by, role, uses_max, used, expires_at, note, created_at";

// Each reads the current row of a statement that selects those columns. stored_session_in() throws SqliteFailed when
// the token is damaged.
User user_in(const Rows& rows);
Session session_in(const Rows& rows);
StoredSession stored_session_in(const Rows& rows);
Invitation invitation_in(const Rows& rows);

}  // namespace obrol::sqlite
