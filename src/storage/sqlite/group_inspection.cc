#include "storage/sqlite/group_inspection.h"

#include <algorithm>
#include <fmt/core.h>

namespace obrol::sqlite {
namespace {

struct RowCheck {
    const char* strays;  // selects one or two numbers for each row that does not fit
    const char* what;    // said of those numbers
};

constexpr RowCheck row_checks[] = {
    {"SELECT id FROM conversations WHERE kind = 2 AND id NOT IN (SELECT conversation FROM groups) UNION "
     "SELECT conversation FROM groups WHERE conversation NOT IN (SELECT id FROM conversations WHERE kind = 2)",
     "conversation {} is a group in one table only"},
    {"SELECT conversation FROM groups AS g WHERE members <> "
     "(SELECT count(*) FROM group_members WHERE conversation = g.conversation)",
     "group {} counts its members wrongly"},
    // What another server says of a group at home there may have come in part only.
    {"SELECT conversation FROM groups WHERE (ended = 0) <> (code IS NOT NULL) OR "
     "(home = 0 AND (ended = 0) <> (members > 0))",
     "group {} has ended in part only"},
    {"SELECT conversation FROM groups AS g WHERE home = 0 AND (ended = 0) <> "
     "(SELECT count(*) FROM group_members WHERE conversation = g.conversation AND role = 2)",
     "group {} should have one owner, or none when it has ended"},
    {"SELECT conversation, user FROM (SELECT conversation, user, joined_seq FROM group_members EXCEPT "
     "SELECT conversation, user, joined_seq FROM group_intervals WHERE left_seq IS NULL) UNION "
     "SELECT conversation, user FROM (SELECT conversation, user, joined_seq FROM group_intervals "
     "WHERE left_seq IS NULL EXCEPT SELECT conversation, user, joined_seq FROM group_members)",
     "in group {} user {} is a member in one table only"},
    {"SELECT b.conversation, b.user FROM group_bans AS b JOIN group_members AS m "
     "ON m.conversation = b.conversation AND m.user = b.user",
     "in group {} user {} is banned, and a member"},
    {"SELECT m.conversation, m.user FROM group_members AS m CROSS JOIN groups AS g ON g.conversation = m.conversation "
     "LEFT JOIN users AS u ON u.id = m.user WHERE coalesce(u.state, 2) = 2 AND (g.home = 0 OR u.id IS NULL)",
     "in group {} user {} is a member, who is not there"},
    {"SELECT c.owner, c.other FROM contacts AS c LEFT JOIN users AS o ON o.id = c.owner "
     "LEFT JOIN users AS u ON u.id = c.other WHERE coalesce(o.state, 2) = 2 OR coalesce(u.state, 2) = 2 "
     "OR c.owner = c.other",
     "user {} should not have user {} as a contact"},
};

}  // namespace

GroupInspection::GroupInspection(Connection& connection, OnProblem on_problem)
    : connection_(connection), problem_(std::move(on_problem)) {
    Statement statement(connection,
                        "SELECT conversation, user, joined_seq, left_seq FROM group_intervals "
                        "ORDER BY conversation, user, joined_seq");
    Rows rows = statement.rows();
    while (rows.next()) {
        const Seq last = rows.is_null(3) ? open_end : Seq(rows.integer(3) - 1);
        visits_[{rows.id<ConversationId>(0), rows.id<UserId>(1)}].push_back(SeqSpan{rows.id<Seq>(2), last});
    }
    Statement replicas(connection, "SELECT conversation FROM groups WHERE home <> 0");
    Rows found = replicas.rows();
    while (found.next())
        replicas_.insert(found.id<ConversationId>(0));
}

bool GroupInspection::was_member(ConversationId group, UserId user, Seq at) const {
    const auto visits = visits_.find({group, user});
    return visits != visits_.end() && std::ranges::any_of(visits->second, [at](const SeqSpan& visit) {
               return visit.first <= at && at <= visit.last;
           });
}

void GroupInspection::check(const std::function<Seq(ConversationId)>& last_of) {
    check_visits(last_of);
    check_rows();
    Statement statement(connection_, "SELECT conversation, changed_seq FROM groups");
    Rows rows = statement.rows();
    while (rows.next()) {
        if (rows.id<Seq>(1) > last_of(rows.id<ConversationId>(0)))
            problem_(fmt::format("group {} has changed beyond the end of its log", rows.integer(0)));
    }
}

// A visit is an entry by which somebody came and a later one by which he left, before the next one begins.
void GroupInspection::check_visits(const std::function<Seq(ConversationId)>& last_of) {
    for (const auto& [place, visits] : visits_) {
        Seq before;
        for (const SeqSpan& visit : visits) {
            const Seq last_here = visit.last == open_end ? visit.first : next(visit.last);
            if (visit.first <= before || visit.last < visit.first || last_here > last_of(place.first)) {
                problem_(fmt::format("in group {} user {} was a member from {} to {}, which cannot be",
                                     place.first.value, place.second.value, visit.first.value, visit.last.value));
            }
            before = visit.last;
        }
    }
}

void GroupInspection::check_rows() {
    for (const RowCheck& check : row_checks) {
        Statement statement(connection_, check.strays);
        Rows rows = statement.rows();
        while (rows.next())
            problem_(fmt::format(fmt::runtime(check.what), rows.integer(0), rows.integer(1)));
    }
}

}  // namespace obrol::sqlite
