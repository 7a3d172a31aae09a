// The part of SqliteTables that is about idempotency, the clients of users and the answers that are kept under their
// keys; see tables.h. Clients are found in a cache, so that a key that goes on needs no look-up in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_log.h"
#include "storage/sqlite/fixed_cache.h"
#include "storage/tables.h"

namespace obrol::sqlite {

class AnswerTable {
  public:
    // Both must outlive it.
    AnswerTable(Connection& connection, EntryLog& entries, std::size_t cached_clients);

    // After a rollback: what the cache holds may be wrong.
    void forget() { clients_.clear(); }

    std::int64_t last_number(UserId user, std::string_view client);
    std::optional<KeptAnswer> find(UserId user, std::string_view client, std::int64_t number);
    void keep(UserId user, std::string_view client, std::int64_t number, const KeptAnswer& answer, WallTime at,
              std::int64_t forget_upto);
    void forget_idle_clients(WallTime before);

  private:
    // The user's id, then the client id.
    using ClientKey = std::string;
    struct ClientKeyHash {
        std::size_t operator()(const ClientKey& key) const { return mix(std::hash<std::string>()(key)); }
    };
    struct Client {
        std::int64_t id = 0;
        std::int64_t last_number = 0;
        std::int64_t used_day = 0;
    };
    static ClientKey client_key(UserId user, std::string_view client);
    std::optional<Client> find_client(UserId user, std::string_view client);

    Connection& connection_;
    EntryLog& entries_;
    Statement find_client_;
    Statement insert_client_;
    Statement set_used_day_;
    Statement find_answer_;
    Statement insert_answer_;
    Statement forget_answers_;
    Statement idle_clients_;
    Statement delete_client_;

    FixedCache<ClientKey, Client, ClientKeyHash> clients_;
};

}  // namespace obrol::sqlite
