// Idempotency in MemoryTables: the clients of users, and the answers that are kept under their keys.
#include <algorithm>

#include "base/check.h"
#include "storage/memory/memory_tables.h"

namespace obrol {

std::int64_t MemoryTables::last_key_number(UserId user, std::string_view client) {
    const auto found = clients_.find(ClientKey(user, client));
    return found == clients_.end() ? 0 : found->second.last_number;
}

std::optional<KeptAnswer> MemoryTables::kept_answer(UserId user, std::string_view client, std::int64_t number) {
    const auto found = clients_.find(ClientKey(user, client));
    if (found == clients_.end()) return std::nullopt;
    const auto answer = found->second.answers.find(number);
    return answer == found->second.answers.end() ? std::nullopt : std::optional(answer->second);
}

void MemoryTables::keep_answer(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer,
                               WallTime at, std::int64_t forget_upto) {
    about_to_write();
    const ClientKey key(user, client);
    const bool is_new = !clients_.contains(key);
    Client& stored = clients_[key];
    std::map<std::int64_t, KeptAnswer> forgotten;
    while (!stored.answers.empty() && stored.answers.begin()->first <= forget_upto) {
        forgotten.insert(stored.answers.extract(stored.answers.begin()));
    }
    if (is_new) {
        remember([this, key] { clients_.erase(key); });
    } else {
        remember([this, key, number, last = stored.last_number, used = stored.used_at,
                  forgotten = std::move(forgotten)]() mutable {
            Client& client_then = clients_.at(key);
            client_then.answers.erase(number);
            client_then.answers.merge(forgotten);
            client_then.last_number = last;
            client_then.used_at = used;
        });
    }
    const bool is_new_number = stored.answers.emplace(number, answer).second;
    OBROL_CHECK(is_new_number);
    stored.last_number = std::max(stored.last_number, number);
    stored.used_at = at;
}

void MemoryTables::forget_idle_clients(WallTime before) {
    about_to_write();
    for (auto next = clients_.begin(); next != clients_.end();) {
        const auto client = next++;
        if (client->second.used_at >= before) continue;
        remember([this, key = client->first, old = std::move(client->second)]() mutable {
            clients_.emplace(key, std::move(old));
        });
        clients_.erase(client);
    }
}

}  // namespace obrol
