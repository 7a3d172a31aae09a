#include "storage/sqlite/group_rows.h"

namespace obrol::sqlite {

Group group_in(const Rows& rows) {
    Group group;
    group.conversation = rows.id<ConversationId>(0);
    group.card.id = rows.text(1);
    group.card.name = rows.text(2);
    if (!rows.is_null(3)) group.code = rows.text(3);
    group.history_open = rows.integer(4) != 0;
    if (!rows.is_null(5)) group.retention = std::chrono::days(rows.integer(5));
    group.ended = rows.integer(6) != 0;
    group.created_at = WallTime(std::chrono::milliseconds(rows.integer(7)));
    group.home = rows.id<ServerId>(8);
    return group;
}

GroupMember group_member_in(const Rows& rows) {
    return GroupMember{rows.id<UserId>(0), static_cast<GroupRole>(rows.integer(1)), rows.id<Seq>(2)};
}

}  // namespace obrol::sqlite
