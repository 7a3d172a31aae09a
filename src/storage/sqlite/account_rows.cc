#include "storage/sqlite/account_rows.h"

#include <algorithm>

namespace obrol::sqlite {
namespace {

WallTime time_in(const Rows& rows, int column) {
    return WallTime(std::chrono::milliseconds(rows.integer(column)));
}

}  // namespace

User user_in(const Rows& rows) {
    User user;
    user.id = rows.id<UserId>(0);
    user.card.name = rows.text(1);
    user.card.display_name = rows.text(2);
    user.card.country = rows.text(3);
    user.password_hash = rows.text(4);
    user.role = static_cast<Role>(rows.integer(5));
    user.state = static_cast<AccountState>(rows.integer(6));
    user.created_at = time_in(rows, 7);
    user.server = rows.id<ServerId>(8);
    user.named_by = rows.id<ServerId>(9);
    return user;
}

Session session_in(const Rows& rows) {
    return Session{rows.id<SessionId>(0), rows.id<UserId>(1), time_in(rows, 2), time_in(rows, 3)};
}

StoredSession stored_session_in(const Rows& rows) {
    StoredSession stored{session_in(rows), {}};
    const std::string_view token = rows.blob(4);
    if (token.size() != stored.token.size()) throw_damaged("the token of a session is damaged");
    std::ranges::copy(token, stored.token.begin());
    return stored;
}

Invitation invitation_in(const Rows& rows) {
    Invitation invitation;
    invitation.id = rows.id<InvitationId>(0);
    invitation.created_by = rows.id<UserId>(1);
    invitation.role = static_cast<Role>(rows.integer(2));
    invitation.uses_max = rows.integer(3);
    invitation.used = rows.integer(4);
    if (!rows.is_null(5)) invitation.expires_at = time_in(rows, 5);
    invitation.note = rows.text(6);
    invitation.created_at = time_in(rows, 7);
    return invitation;
}

}  // namespace obrol::sqlite
