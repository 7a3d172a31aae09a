#include "storage/sqlite/answer_table.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "storage/sqlite/packed_positions.h"
#include "storage/sqlite/peer_rows.h"

namespace obrol::sqlite {
namespace {

std::int64_t day(WallTime at) {
    return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

}  // namespace

AnswerTable::AnswerTable(Connection& connection, EntryLog& entries, std::size_t cached_clients)
    : connection_(connection),
      entries_(entries),
      find_client_(connection,
                   "SELECT id, used_day, coalesce((SELECT max(number) FROM idempotency_answers WHERE client = id), 0) "
                   "FROM idempotency_clients WHERE user = ?1 AND client = ?2"),
      insert_client_(connection, "INSERT INTO idempotency_clients(user, client, used_day) VALUES (?1, ?2, ?3)"),
      set_used_day_(connection, "UPDATE idempotency_clients SET used_day = ?2 WHERE id = ?1"),
      find_answer_(connection,
                   "SELECT request, positions, item FROM idempotency_answers WHERE client = ?1 AND number = ?2"),
      insert_answer_(
          connection,
          "INSERT INTO idempotency_answers(client, number, request, at, positions, item) VALUES (?1, ?2, ?3, ?4, ?5, "
          "?6)"),
      forget_answers_(connection, "DELETE FROM idempotency_answers WHERE client = ?1 AND number <= ?2"),
      // The day narrows it down without an index that every use would have to change.
      idle_clients_(connection,
                    "SELECT id FROM idempotency_clients AS c WHERE used_day <= ?1 AND NOT EXISTS "
                    "(SELECT 1 FROM idempotency_answers WHERE client = c.id AND at >= ?2)"),
      delete_client_(connection, "DELETE FROM idempotency_clients WHERE id = ?1"),
      clients_(cached_clients) {}

AnswerTable::ClientKey AnswerTable::client_key(UserId user, std::string_view client) {
    ClientKey key(reinterpret_cast<const char*>(&user.value), sizeof user.value);
    key += client;
    return key;
}

std::optional<AnswerTable::Client> AnswerTable::find_client(UserId user, std::string_view client) {
    ClientKey key = client_key(user, client);
    if (const Client* known = clients_.find(key)) return *known;
    Rows rows = find_client_.rows(user, client);
    if (!rows.next()) return std::nullopt;
    const Client found{.id = rows.integer(0), .last_number = rows.integer(2), .used_day = rows.integer(1)};
    clients_.put(std::move(key), found);
    return found;
}

std::int64_t AnswerTable::last_number(UserId user, std::string_view client) {
    const std::optional<Client> found = find_client(user, client);
    return found ? found->last_number : 0;
}

std::optional<KeptAnswer> AnswerTable::find(UserId user, std::string_view client, std::int64_t number) {
    const std::optional<Client> found = find_client(user, client);
    if (!found || number > found->last_number) return std::nullopt;
    Rows rows = find_answer_.rows(found->id, number);
    if (!rows.next()) return std::nullopt;
    KeptAnswer answer;
    const std::string_view request = rows.blob(0);
    const auto positions = unpack_positions(rows.blob(1));
    if (!positions || request.size() != answer.request.size()) throw_damaged("a kept answer is damaged");
    std::ranges::copy(request, answer.request.begin());
    for (const Position position : *positions)
        answer.entries.push_back(entries_.read(position).header);
    if (!rows.is_null(2)) answer.item = message_id_in(rows, 2);
    return answer;
}

void AnswerTable::keep(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer, WallTime at,
                       std::int64_t forget_upto) {
    std::optional<Client> kept = find_client(user, client);
    if (!kept) {
        insert_client_.run(user, client, day(at));
        kept = Client{.id = connection_.last_insert_id(), .last_number = 0, .used_day = day(at)};
    } else if (kept->used_day < day(at)) {
        kept->used_day = day(at);
        set_used_day_.run(kept->id, kept->used_day);
    }
    std::string positions;
    Position before;
    for (const EntryHeader& entry : answer.entries) {
        pack_position(positions, before, entry.position);
        before = entry.position;
    }
    std::optional<Blob> item;
    if (answer.item) item.emplace(answer.item->bytes);
    insert_answer_.run(kept->id, number, Blob(answer.request), at, Blob(positions), item);
    if (forget_upto > 0) forget_answers_.run(kept->id, forget_upto);
    kept->last_number = std::max(kept->last_number, number);
    clients_.put(client_key(user, client), *kept);
}

void AnswerTable::forget_idle_clients(WallTime before) {
    std::vector<std::int64_t> idle;
    {
        Rows rows = idle_clients_.rows(day(before), before);
        while (rows.next())
            idle.push_back(rows.integer(0));
    }
    if (idle.empty()) return;
    for (const std::int64_t id : idle) {
        forget_answers_.run(id, INT64_MAX);
        delete_client_.run(id);
    }
    clients_.clear();
}

}  // namespace obrol::sqlite
