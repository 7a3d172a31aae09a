#include "storage/sqlite/inspect.h"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>
#include <utility>

#include "storage/migrations/migrations.h"
#include "storage/sqlite/entry_locator.h"
#include "storage/sqlite/entry_rows.h"
#include "storage/sqlite/file_inspection.h"
#include "storage/sqlite/group_inspection.h"
#include "storage/sqlite/group_rows.h"
#include "storage/sqlite/packed_positions.h"
#include "storage/sqlite/peer_inspection.h"
#include "storage/sqlite/schema.h"

namespace obrol {
namespace sqlite {
namespace {

constexpr std::size_t problems_max = 100;

Connection open_to_inspect(const std::string& path, const std::string& vfs) {
    Connection connection(path, vfs, Access::read_only);
    require_schema(connection, store_migrations());
    connection.execute("BEGIN");
    return connection;
}

class Inspection {
  public:
    explicit Inspection(Connection& connection)
        : connection_(connection),
          entry_rows_(connection),
          groups_(connection, [this](std::string what) { problem(std::move(what)); }),
          files_(connection, entry_rows_, [this](std::string what) { problem(std::move(what)); }),
          peers_(connection, entry_rows_, [this](std::string what) { problem(std::move(what)); }) {}

    StoreReport run() {
        try {
            check_pages();
            load_conversations();
            check_entries();
            check_index();
            check_cursors();
            check_answers();
            check_accounts();
            files_.check();
            peers_.check();
            groups_.check([this](ConversationId id) { return logs_.contains(id) ? logs_.at(id).last : Seq(); });
        } catch (const SqliteFailed& failed) {
            problem(failed.what());
        }
        report_.users = connection_.query_integer("SELECT count(*) FROM users WHERE server = 0");
        return std::move(report_);
    }

  private:
    struct Log {
        bool is_group = false;
        UserId low;  // of a direct conversation, as `high`
        UserId high;
        Seq last;
        Seq last_to_index;  // everything up to here must be in the index
        Seq last_indexed;
    };

    void problem(std::string what) {
        if (report_.problems.size() < problems_max) report_.problems.push_back(std::move(what));
    }

    void check_pages() {
        Statement statement(connection_, "PRAGMA integrity_check(20)");
        Rows rows = statement.rows();
        while (rows.next()) {
            if (rows.text(0) != "ok") problem(std::string(rows.text(0)));
        }
    }

    void load_conversations() {
        Statement statement(connection_, "SELECT id, kind, low_user, high_user FROM conversations");
        Rows rows = statement.rows();
        while (rows.next())
            logs_[rows.id<ConversationId>(0)] =
                Log{rows.integer(1) == group_kind, rows.id<UserId>(2), rows.id<UserId>(3), {}, {}, {}};
        report_.conversations = std::ssize(logs_);
    }

    void check_entries() {
        const Position indexed_upto(connection_.query_integer("SELECT value FROM meta WHERE key = 'indexed_upto'"));
        Statement statement(connection_, fmt::format("SELECT {} FROM entries ORDER BY position", entry_columns));
        Rows rows = statement.rows();
        while (rows.next()) {
            ++report_.entries;
            const auto conversation = rows.id<ConversationId>(1);
            const auto seq = rows.id<Seq>(2);
            try {
                stored_entry(rows);
            } catch (const SqliteFailed& failed) {
                problem(failed.what());
            }
            const auto found = logs_.find(conversation);
            if (found == logs_.end()) {
                problem(fmt::format("entry {} belongs to conversation {}, which is not there", seq.value,
                                    conversation.value));
                continue;
            }
            Log& log = found->second;
            if (seq != next(log.last)) {
                problem(fmt::format("conversation {} goes on with seq {} after {}", conversation.value, seq.value,
                                    log.last.value));
            }
            log.last = seq;
            if (rows.id<Position>(0) <= indexed_upto) log.last_to_index = seq;
            const auto sender = rows.id<UserId>(5);
            if (!may_have_written(conversation, log, sender, seq, static_cast<EntryKind>(rows.integer(7)))) {
                problem(fmt::format("entry {} of conversation {} is by user {}, who is not in it", seq.value,
                                    conversation.value, sender.value));
            }
        }
    }

    // Who comes to a group or leaves it is not in it yet, or any more, when he says so.
    bool may_have_written(ConversationId id, const Log& log, UserId sender, Seq seq, EntryKind kind) const {
        if (!log.is_group) return sender == log.low || sender == log.high;
        // What another server wrote is its own affair.
        if (groups_.is_at_home_elsewhere(id)) return true;
        return kind == EntryKind::member ? groups_.ever_was_member(id, sender) : groups_.was_member(id, sender, seq);
    }
    bool has_part(ConversationId id, const Log& log, UserId user) const {
        return log.is_group ? groups_.ever_was_member(id, user) : user == log.low || user == log.high;
    }

    void check_index() {
        Statement statement(connection_,
                            "SELECT conversation, first_seq, entries, sender, positions FROM conversation_index");
        Rows rows = statement.rows();
        while (rows.next())
            check_index_row(rows);
        for (const auto& [id, log] : logs_) {
            if (log.last_indexed < log.last_to_index) {
                problem(fmt::format("the index of conversation {} ends at {} and should go to {}", id.value,
                                    log.last_indexed.value, log.last_to_index.value));
            }
        }
    }

    void check_index_row(const Rows& rows) {
        const auto conversation = rows.id<ConversationId>(0);
        const auto positions = unpack_positions(rows.blob(4));
        if (!positions || std::ssize(*positions) != rows.integer(2) || positions->size() > index_row_entries_max) {
            problem(fmt::format("the index of conversation {} is damaged at {}", conversation.value, rows.integer(1)));
            return;
        }
        Log& log = logs_[conversation];
        Seq seq = rows.id<Seq>(1);
        if (seq != next(log.last_indexed)) {
            problem(fmt::format("the index of conversation {} goes on with {} after {}", conversation.value, seq.value,
                                log.last_indexed.value));
        }
        std::int64_t sender = IndexRow::nobody;
        for (const Position position : *positions) {
            try {
                sender = common_sender(sender, counted_sender(entry_rows_.read(position, conversation, seq).header));
            } catch (const SqliteFailed& failed) {
                problem(fmt::format("the index says otherwise than the log: {}", failed.what()));
            }
            log.last_indexed = seq;
            seq = next(seq);
        }
        if (sender != rows.integer(3)) {
            problem(fmt::format("the index of conversation {} names a wrong sender at {}", conversation.value,
                                rows.integer(1)));
        }
    }

    void check_cursors() {
        Statement statement(connection_, "SELECT conversation, user, fetched_seq, read_seq FROM members");
        std::size_t members = 0;
        Rows rows = statement.rows();
        for (; rows.next(); ++members) {
            const auto found = logs_.find(rows.id<ConversationId>(0));
            const auto user = rows.id<UserId>(1);
            if (found == logs_.end() || !has_part(found->first, found->second, user)) {
                problem(fmt::format("user {} is a member of conversation {} and should not be", user.value,
                                    rows.integer(0)));
                continue;
            }
            const Seq furthest = std::max(rows.id<Seq>(2), rows.id<Seq>(3));
            if (furthest > found->second.last || std::min(rows.integer(2), rows.integer(3)) < 0) {
                problem(fmt::format("a cursor of user {} stands beyond the log of conversation {}", user.value,
                                    rows.integer(0)));
            }
        }
        std::size_t expected = groups_.participations();
        for (const auto& [id, log] : logs_)
            if (!log.is_group) expected += log.low == log.high ? 1u : 2u;
        if (members != expected) problem(fmt::format("there are {} members instead of {}", members, expected));
    }

    void check_answers() {
        Statement statement(connection_,
                            "SELECT a.client, a.number, a.positions, c.user FROM idempotency_answers AS a "
                            "LEFT JOIN idempotency_clients AS c ON c.id = a.client");
        Rows rows = statement.rows();
        while (rows.next()) {
            const auto positions = unpack_positions(rows.blob(2));
            const auto by_user = [&](Position position) {
                return entry_rows_.read(position).header.sender == rows.id<UserId>(3);
            };
            try {
                if (positions && std::ranges::all_of(*positions, by_user)) continue;
                problem(
                    fmt::format("answer {} kept for client {} is not its user's", rows.integer(1), rows.integer(0)));
            } catch (const SqliteFailed& failed) {
                problem(
                    fmt::format("answer {} kept for client {}: {}", rows.integer(1), rows.integer(0), failed.what()));
            }
        }
    }

    void check_accounts() {
        Statement sessions(connection_,
                           "SELECT s.id, s.user FROM sessions AS s LEFT JOIN users AS u ON u.id = s.user "
                           "WHERE u.state IS NOT ?1");
        Rows stray = sessions.rows(static_cast<int>(AccountState::active));
        while (stray.next())
            problem(fmt::format("session {} is of user {}, who is not active", stray.integer(0), stray.integer(1)));
        Statement invitations(connection_, "SELECT id FROM invitations WHERE used NOT BETWEEN 0 AND uses_max");
        Rows overused = invitations.rows();
        while (overused.next())
            problem(fmt::format("invitation {} was used more often than it allows", overused.integer(0)));
    }

    Connection& connection_;
    EntryRows entry_rows_;
    GroupInspection groups_;
    FileInspection files_;
    PeerInspection peers_;
    StoreReport report_;
    std::unordered_map<ConversationId, Log> logs_;
};

class Names {
  public:
    explicit Names(const Connection& connection)
        : user_(connection, "SELECT name FROM users WHERE id = ?1"),
          members_(connection, "SELECT user FROM members WHERE conversation = ?1 ORDER BY user"),
          group_(connection, "SELECT id FROM groups WHERE conversation = ?1") {}

    const std::string& of(UserId user) {
        const auto [known, is_new] = names_.try_emplace(user);
        if (is_new) {
            Rows rows = user_.rows(user);
            if (rows.next()) known->second = rows.text(0);
        }
        return known->second;
    }
    const std::vector<std::string>& participants_of(ConversationId conversation) {
        const auto [known, is_new] = participants_.try_emplace(conversation);
        if (is_new) {
            Rows rows = members_.rows(conversation);
            while (rows.next())
                known->second.push_back(of(rows.id<UserId>(0)));
        }
        return known->second;
    }
    const std::string& group_of(ConversationId conversation) {
        const auto [known, is_new] = groups_.try_emplace(conversation);
        if (is_new) {
            Rows rows = group_.rows(conversation);
            if (rows.next()) known->second = rows.text(0);
        }
        return known->second;
    }

  private:
    Statement user_;
    Statement members_;
    Statement group_;
    std::unordered_map<UserId, std::string> names_;
    std::unordered_map<ConversationId, std::vector<std::string>> participants_;
    std::unordered_map<ConversationId, std::string> groups_;
};

}  // namespace
}  // namespace sqlite

Result<StoreReport> verify_store(const std::string& path, const std::string& vfs) {
    try {
        sqlite::Connection connection = sqlite::open_to_inspect(path, vfs);
        return sqlite::Inspection(connection).run();
    } catch (const sqlite::SqliteFailed& failed) {
        return fail(fmt::format("cannot inspect the store {}: {}", path, failed.what()));
    }
}

Result<void> for_each_entry(const std::string& path, const std::function<void(const StoredEntry&)>& take,
                            const std::string& vfs) {
    try {
        sqlite::Connection connection = sqlite::open_to_inspect(path, vfs);
        sqlite::Names names(connection);
        sqlite::Statement statement(connection,
                                    fmt::format("SELECT {} FROM entries ORDER BY position", sqlite::entry_columns));
        sqlite::Rows rows = statement.rows();
        while (rows.next()) {
            LogEntry entry = sqlite::stored_entry(rows);
            const EntryHeader header = entry.header;
            take(StoredEntry{std::move(entry), names.of(header.sender), names.participants_of(header.conversation),
                             names.group_of(header.conversation)});
        }
        return {};
    } catch (const sqlite::SqliteFailed& failed) {
        return fail(fmt::format("cannot read the store {}: {}", path, failed.what()));
    }
}

}  // namespace obrol
