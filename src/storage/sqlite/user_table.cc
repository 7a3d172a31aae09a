#include "storage/sqlite/user_table.h"

#include "base/check.h"

namespace obrol::sqlite {

UserTable::UserTable(Connection& connection, std::size_t cached_users)
    : connection_(connection),
      named_count_(connection, "SELECT count(*) FROM users WHERE named_by = ?1 AND named_by <> 0"),
      unnamed_count_(connection, "SELECT count(*) FROM users WHERE server = ?1 AND named_by = 0"),
      find_(connection, "SELECT id FROM users WHERE server = ?1 AND name_key = ?2"),
      account_(connection, "SELECT state, server, named_by FROM users WHERE id = ?1"),
      name_(connection, "SELECT name FROM users WHERE id = ?1"),
      insert_(
          connection,
          "INSERT INTO users(server, name, name_key, display_name, country, password_hash, role, state, created_at, "
          "named_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      set_password_hash_(connection, "UPDATE users SET password_hash = ?2 WHERE id = ?1"),
      set_account_state_(connection, "UPDATE users SET state = ?2 WHERE id = ?1"),
      set_role_(connection, "UPDATE users SET role = ?2 WHERE id = ?1"),
      set_display_name_(connection, "UPDATE users SET display_name = ?2 WHERE id = ?1"),
      set_country_(connection, "UPDATE users SET country = ?2 WHERE id = ?1"),
      set_name_(connection, "UPDATE users SET name = ?2 WHERE id = ?1"),
      set_named_by_(connection, "UPDATE users SET named_by = ?2 WHERE id = ?1"),
      erase_person_(connection, "UPDATE users SET password_hash = '', display_name = name, country = '' WHERE id = ?1"),
      accounts_(cached_users) {}

void UserTable::forget() {
    accounts_.clear();
    named_counts_.clear();
}

std::optional<UserId> UserTable::find(ServerId server, std::string_view name_key) {
    Rows rows = find_.rows(server, name_key);
    return rows.next() ? std::optional(rows.id<UserId>(0)) : std::nullopt;
}

std::optional<Account> UserTable::account(UserId user) {
    if (const Account* known = accounts_.find(user)) return *known;
    Rows rows = account_.rows(user);
    if (!rows.next()) return std::nullopt;
    const Account account{static_cast<AccountState>(rows.integer(0)), rows.id<ServerId>(1), rows.id<ServerId>(2)};
    accounts_.put(user, account);
    return account;
}

std::string UserTable::name(UserId user) {
    Rows rows = name_.rows(user);
    OBROL_CHECK(rows.next());
    return std::string(rows.text(0));
}

UserId UserTable::insert(const User& user, std::string_view name_key) {
    insert_.run(user.server, user.card.name, name_key, user.card.display_name, user.card.country, user.password_hash,
                static_cast<int>(user.role), static_cast<int>(user.state), user.created_at, user.named_by);
    count_named(namer(user.named_by, user.server), 1);
    return UserId(connection_.last_insert_id());
}

void UserTable::set_password_hash(UserId user, std::string_view hash) {
    set_password_hash_.run(user, hash);
}

void UserTable::set_account_state(UserId user, AccountState state) {
    set_account_state_.run(user, static_cast<int>(state));
    accounts_.put(user, Account{state, ServerId(), ServerId()});  // users of other servers have no state
}

void UserTable::set_role(UserId user, Role role) {
    set_role_.run(user, static_cast<int>(role));
}

void UserTable::set_display_name(UserId user, std::string_view display_name) {
    set_display_name_.run(user, display_name);
}

void UserTable::set_country(UserId user, std::string_view country) {
    set_country_.run(user, country);
}

void UserTable::erase_person(UserId user) {
    erase_person_.run(user);
}

void UserTable::set_name(UserId user, std::string_view name) {
    set_name_.run(user, name);
}

void UserTable::set_named_by(UserId user, ServerId server) {
    Account changed = account(user).value();
    set_named_by_.run(user, server);
    count_named(namer(changed.named_by, changed.server), -1);
    count_named(namer(server, changed.server), 1);
    changed.named_by = server;
    accounts_.put(user, changed);
}

void UserTable::count_named(const Namer& namer, std::int64_t change) {
    const auto counted = named_counts_.find(namer);
    if (counted != named_counts_.end()) counted->second += static_cast<std::size_t>(change);
}

std::size_t UserTable::named_count(ServerId by, ServerId server) {
    const auto [counted, is_new] = named_counts_.try_emplace(namer(by, server));
    if (is_new) {
        Rows rows = by ? named_count_.rows(by) : unnamed_count_.rows(server);
        OBROL_CHECK(rows.next());
        counted->second = static_cast<std::size_t>(rows.integer(0));
    }
    return counted->second;
}

}  // namespace obrol::sqlite
