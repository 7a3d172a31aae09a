#include "storage/sqlite/peer_inspection.h"

#include <fmt/core.h>
#include <utility>

#include "storage/sqlite/peer_rows.h"

namespace obrol::sqlite {
namespace {

struct RowCheck {
    const char* strays;  // selects two numbers for each row that does not fit
    const char* what;    // said of those numbers
};

constexpr RowCheck row_checks[] = {
    {"SELECT DISTINCT u.server, u.id FROM users AS u LEFT JOIN servers AS s ON s.id = u.server "
     "WHERE u.server <> 0 AND s.id IS NULL",
     "server {} of user {} is not there"},
    {"SELECT id, server FROM users WHERE server <> 0 AND (state <> 0 OR role <> 0 OR password_hash <> '')",
     "user {} of server {} has an account here"},
    {"SELECT g.home, g.conversation FROM groups AS g LEFT JOIN servers AS s ON s.id = g.home "
     "WHERE g.home <> 0 AND s.id IS NULL",
     "server {} of group {} is not there"},
    {"SELECT l.server, l.last FROM links AS l LEFT JOIN servers AS s ON s.id = l.server WHERE s.id IS NULL "
     "OR l.acknowledged NOT BETWEEN 0 AND l.last",
     "the counters of server {} ({} items) cannot be"},
    {"SELECT o.server, count(*) FROM outbox AS o LEFT JOIN links AS l ON l.server = o.server GROUP BY o.server "
     "HAVING max(o.number) IS NOT l.last OR min(o.number) > l.acknowledged + 1 "
     "OR max(o.number) - min(o.number) + 1 <> count(*)",
     "what is queued for server {} ({} items) has gaps, or another end than its counters say"},
    {"SELECT l.server, l.last FROM links AS l WHERE l.last > l.acknowledged AND NOT EXISTS "
     "(SELECT 1 FROM outbox WHERE server = l.server)",
     "of what is queued for server {} ({} items) nothing is there"},
    {"SELECT r.user, r.stranger FROM stranger_requests AS r LEFT JOIN users AS u ON u.id = r.stranger "
     "LEFT JOIN entries AS e ON e.position = r.first WHERE coalesce(u.server, 0) = 0 OR r.messages < 1 "
     "OR e.sender IS NOT r.stranger OR e.conversation IS NOT r.conversation",
     "the request to user {} by user {} is not what its entry says"},
    {"SELECT conversation, count(*) FROM entry_signatures AS s WHERE NOT EXISTS "
     "(SELECT 1 FROM groups WHERE conversation = s.conversation) GROUP BY conversation",
     "conversation {} is no group, but has {} signatures"},
    {"SELECT s.seq, s.conversation FROM entry_signatures AS s LEFT JOIN signed_names AS n ON n.id = s.name "
     "WHERE s.name <> 0 AND n.id IS NULL",
     "the signature of entry {} of group {} was made for a name that is not there"},
    {"SELECT k.server, count(*) FROM former_keys AS k LEFT JOIN servers AS s ON s.id = k.server "
     "WHERE s.id IS NULL GROUP BY k.server",
     "server {} has former keys ({}), but is not there"},
    {"SELECT conversation, count(*) FROM group_origins AS o WHERE NOT EXISTS "
     "(SELECT 1 FROM groups WHERE conversation = o.conversation) GROUP BY conversation",
     "conversation {} is no group, but had {} names"},
    {"SELECT i.conversation, i.user FROM group_invitations AS i LEFT JOIN users AS u ON u.id = i.user "
     "WHERE coalesce(u.server, 0) = 0",
     "into group {} user {} is invited, who is of no other server"},
};

}  // namespace

PeerInspection::PeerInspection(Connection& connection, EntryRows& entries, OnProblem on_problem)
    : connection_(connection), entries_(entries), problem_(std::move(on_problem)) {}

void PeerInspection::check() {
    check_rows();
    check_outbox();
}

void PeerInspection::check_rows() {
    for (const RowCheck& check : row_checks) {
        Statement statement(connection_, check.strays);
        Rows rows = statement.rows();
        while (rows.next())
            problem_(fmt::format(fmt::runtime(check.what), rows.integer(0), rows.integer(1)));
    }
}

void PeerInspection::check_outbox() {
    Statement statement(connection_, fmt::format("SELECT {}, server FROM outbox", outbox_columns));
    constexpr int server_column = outbox_column_count;
    Rows rows = statement.rows();
    while (rows.next()) {
        try {
            const OutboxRow row = outbox_row_in(rows);
            if (!row.entry) continue;
            const EntryHeader header = entries_.read(row.entry).header;
            if (header.id == row.id && header.sender == row.sender) continue;
            problem_(fmt::format("item {} for server {} is not what its entry says", row.number,
                                 rows.integer(server_column)));
        } catch (const SqliteFailed& failed) {
            problem_(
                fmt::format("item {} for server {}: {}", rows.integer(0), rows.integer(server_column), failed.what()));
        }
    }
}

}  // namespace obrol::sqlite
