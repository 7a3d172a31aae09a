#include "storage/sqlite/session_table.h"

#include <fmt/core.h>

#include "base/check.h"
#include "storage/sqlite/account_rows.h"

namespace obrol::sqlite {

SessionTable::SessionTable(Connection& connection, std::size_t cached_users)
    : connection_(connection),
      insert_(connection, "INSERT INTO sessions(user, token, started_at, used_at) VALUES (?1, ?2, ?3, ?3)"),
      find_(connection, fmt::format("SELECT {} FROM sessions WHERE id = ?1", session_columns)),
      count_(connection, "SELECT count(*) FROM sessions WHERE user = ?1"),
      delete_(connection, "DELETE FROM sessions WHERE id = ?1 RETURNING user"),
      delete_all_of_(connection, "DELETE FROM sessions WHERE user = ?1 AND id <> ?2"),
      set_used_(connection, "UPDATE sessions SET used_at = ?2 WHERE id = ?1"),
      counts_(cached_users) {}

SessionId SessionTable::insert(UserId user, const Digest& token, WallTime at) {
    insert_.run(user, Blob(token), at);
    count_more(user, 1);
    return SessionId(connection_.last_insert_id());
}

std::optional<Session> SessionTable::find(SessionId session) {
    Rows rows = find_.rows(session);
    return rows.next() ? std::optional(session_in(rows)) : std::nullopt;
}

// Counted once: somebody may have thousands, and log in as often.
std::size_t SessionTable::count(UserId user) {
    if (const std::int64_t* known = counts_.find(user)) return static_cast<std::size_t>(*known);
    Rows rows = count_.rows(user);
    OBROL_CHECK(rows.next());
    counts_.put(user, rows.integer(0));
    return static_cast<std::size_t>(rows.integer(0));
}

void SessionTable::count_more(UserId user, std::int64_t change) {
    if (const std::int64_t* known = counts_.find(user)) counts_.put(user, *known + change);
}

bool SessionTable::remove(SessionId session) {
    Rows rows = delete_.rows(session);
    if (!rows.next()) return false;
    count_more(rows.id<UserId>(0), -1);
    OBROL_CHECK(!rows.next());  // a statement that returns rows is over only then
    return true;
}

std::int64_t SessionTable::remove_all_of(UserId user, SessionId kept) {
    delete_all_of_.run(user, kept);
    const std::int64_t ended = connection_.changes();
    count_more(user, -ended);
    return ended;
}

void SessionTable::set_used(SessionId session, WallTime at) {
    set_used_.run(session, at);
}

}  // namespace obrol::sqlite
