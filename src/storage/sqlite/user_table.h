// The part of SqliteTables that is about users; see tables.h. Account states are answered from a cache, so that a post
// needs no look-up in the file; how many users are named by whom is counted once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/user.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/fixed_cache.h"
#include "storage/sqlite/user_hash.h"
#include "storage/tables.h"

namespace obrol::sqlite {

class UserTable {
  public:
    // The connection must outlive it.
    UserTable(Connection& connection, std::size_t cached_users);

    // After a rollback, or when users have moved to another server: what the caches hold may be wrong.
    void forget();

    std::optional<UserId> find(ServerId server, std::string_view name_key);
    std::optional<Account> account(UserId user);
    std::string name(UserId user);
    UserId insert(const User& user, std::string_view name_key);
    void set_password_hash(UserId user, std::string_view hash);
    void set_account_state(UserId user, AccountState state);
    void set_role(UserId user, Role role);
    void set_display_name(UserId user, std::string_view display_name);
    void set_country(UserId user, std::string_view country);
    void erase_person(UserId user);
    void set_name(UserId user, std::string_view name);
    void set_named_by(UserId user, ServerId server);
    std::size_t named_count(ServerId by, ServerId server);

  private:
    // Of whom named_count() counts as one, or as one of these.
    using Namer = std::pair<ServerId, ServerId>;
    static Namer namer(ServerId by, ServerId server) { return {by, by ? ServerId() : server}; }
    void count_named(const Namer& namer, std::int64_t change);

    Connection& connection_;
    Statement named_count_;
    Statement unnamed_count_;
    Statement find_;
    Statement account_;
    Statement name_;
    Statement insert_;
    Statement set_password_hash_;
    Statement set_account_state_;
    Statement set_role_;
    Statement set_display_name_;
    Statement set_country_;
    Statement set_name_;
    Statement set_named_by_;
    Statement erase_person_;

    FixedCache<UserId, Account, UserHash> accounts_;
    std::map<Namer, std::size_t> named_counts_;  // as far as asked for
};

}  // namespace obrol::sqlite
