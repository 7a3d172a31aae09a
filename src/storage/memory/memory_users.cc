// Users in MemoryTables.
#include <algorithm>

#include "base/check.h"
#include "storage/memory/dense_ids.h"
#include "storage/memory/memory_tables.h"

namespace obrol {

const User* MemoryTables::user(UserId id) const {
    return is_within(id.value, users_.size()) ? &users_[index_of(id.value)] : nullptr;
}

std::optional<User> MemoryTables::find_user(UserId id) const {
    const User* found = user(id);
    return found ? std::optional(*found) : std::nullopt;
}

std::optional<User> MemoryTables::find_user(ServerId server, std::string_view name_key) const {
    const auto name = names_.find(std::pair(server, std::string(name_key)));
    return name == names_.end() ? std::nullopt : find_user(name->second);
}

std::optional<UserId> MemoryTables::user_named(ServerId server, std::string_view name_key) {
    const auto name = names_.find(std::pair(server, std::string(name_key)));
    return name == names_.end() ? std::nullopt : std::optional(name->second);
}

std::optional<Account> MemoryTables::account(UserId id) {
    const User* found = user(id);
    return found ? std::optional(Account{found->state, found->server, found->named_by}) : std::nullopt;
}

std::string MemoryTables::user_name(UserId id) {
    const User* found = user(id);
    OBROL_CHECK(found);
    return found->card.name;
}

UserId MemoryTables::insert_user(const User& user, std::string_view name_key) {
    about_to_write();
    std::pair key(user.server, std::string(name_key));
    const UserId id(static_cast<std::int64_t>(users_.size()) + 1);
    users_.push_back(user);
    users_.back().id = id;
    const bool is_new = names_.emplace(key, id).second;
    OBROL_CHECK(is_new);
    remember([this, key = std::move(key)] {
        users_.pop_back();
        names_.erase(key);
    });
    return id;
}

User& MemoryTables::user_to_change(UserId id) {
    about_to_write();
    User& stored = users_.at(index_of(id.value));
    remember([this, old = stored] { users_[index_of(old.id.value)] = old; });
    return stored;
}

void MemoryTables::set_password_hash(UserId user, std::string_view hash) {
    user_to_change(user).password_hash = hash;
}

void MemoryTables::set_account_state(UserId user, AccountState state) {
    user_to_change(user).state = state;
}

void MemoryTables::set_role(UserId user, Role role) {
    user_to_change(user).role = role;
}

void MemoryTables::set_display_name(UserId user, std::string_view display_name) {
    user_to_change(user).card.display_name = display_name;
}

void MemoryTables::set_country(UserId user, std::string_view country) {
    user_to_change(user).card.country = country;
}

void MemoryTables::set_user_name(UserId user, std::string_view name) {
    user_to_change(user).card.name = name;
}

void MemoryTables::set_named_by(UserId user, ServerId server) {
    user_to_change(user).named_by = server;
}

void MemoryTables::erase_person(UserId user) {
    User& stored = user_to_change(user);
    stored.password_hash.clear();
    stored.card.display_name = stored.card.name;
    stored.card.country.clear();
}

std::size_t MemoryTables::named_user_count(ServerId by, ServerId server) {
    const auto counts = [&](const User& user) { return user.named_by == by && (by || user.server == server); };
    return static_cast<std::size_t>(std::ranges::count_if(users_, counts));
}

UserPage MemoryTables::list_users(std::string_view after, std::size_t users_max) const {
    UserPage page;
    auto name = names_.upper_bound(std::pair(ServerId(), std::string(after)));
    const auto end = names_.lower_bound(std::pair(ServerId(1), std::string()));
    for (; name != end && page.users.size() < users_max; ++name)
        page.users.push_back(*user(name->second));
    page.more = name != end;
    return page;
}

}  // namespace obrol
