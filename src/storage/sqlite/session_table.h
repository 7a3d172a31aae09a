// The part of SqliteTables that is about sessions; see tables.h. How many a user has is counted once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/crypto/digest.h"
#include "model/session.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/fixed_cache.h"
#include "storage/sqlite/user_hash.h"

namespace obrol::sqlite {

class SessionTable {
  public:
    // The connection must outlive it.
    SessionTable(Connection& connection, std::size_t cached_users);

    // After a rollback: what the cache holds may be wrong.
    void forget() { counts_.clear(); }

    SessionId insert(UserId user, const Digest& token, WallTime at);
    std::optional<Session> find(SessionId session);
    std::size_t count(UserId user);
    bool remove(SessionId session);
    std::int64_t remove_all_of(UserId user, SessionId kept);
    void set_used(SessionId session, WallTime at);

  private:
    void count_more(UserId user, std::int64_t change);

    Connection& connection_;
    Statement insert_;
    Statement find_;
    Statement count_;
    Statement delete_;
    Statement delete_all_of_;
    Statement set_used_;

    FixedCache<UserId, std::int64_t, UserHash> counts_;
};

}  // namespace obrol::sqlite
