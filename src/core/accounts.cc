#include "core/accounts.h"

#include <algorithm>

#include "core/remote_users.h"
#include "model/name.h"

namespace obrol {
namespace {

// So many rows take a reader's thread a millisecond, and what comes of them the loop a quarter of one.
constexpr std::size_t users_per_look = 256;

}  // namespace

std::string Accounts::key_of(ServerId server, std::string_view name) {
    std::string key = name_key(name);
    if (server) key.append("@").append(std::to_string(server.value));
    return key;
}

// A name here has no '@', whatever somebody claims to be called.
UserRef Accounts::cached(std::string_view name) {
    return cached(ServerId(), name);
}

UserRef Accounts::cached(ServerId server, std::string_view name) {
    return name.find('@') == std::string_view::npos ? cached_by_key(key_of(server, name)) : nullptr;
}

UserRef Accounts::cached_by_key(const std::string& key) {
    const UserId* id = ids_.find(key);
    return id ? cached(*id) : nullptr;
}

UserRef Accounts::cached(UserId id) {
    const UserRef* user = by_id_.find(id);
    return user ? *user : nullptr;
}

UserRef Accounts::keep(std::optional<User> user) {
    if (!user) return nullptr;
    auto shared = std::make_shared<const User>(std::move(*user));
    ids_.put(key_of(shared->server, name_at_home(*shared)), shared->id);
    by_id_.put(shared->id, shared);
    return shared;
}

Task<Result<UserRef>> Accounts::find(std::string name) {
    return find_by_key(ServerId(), std::move(name));
}

Task<Result<UserRef>> Accounts::find(ServerId server, std::string name) {
    return find_by_key(server, std::move(name));
}

Task<Result<UserRef>> Accounts::find_by_key(ServerId server, std::string name) {
    if (name.find('@') != std::string::npos) co_return UserRef();
    for (;;) {
        if (UserRef user = cached_by_key(key_of(server, name))) co_return user;
        const std::uint64_t changes_before = changes_;
        Reading reading = server ? store_.find_remote_user(server, name_key(name)) : store_.find_user(name_key(name));
        Result<std::optional<User>> found = co_await std::move(reading);
        if (!found) co_return Failure<Error>(std::move(found.error()));
        if (changes_ == changes_before) co_return keep(std::move(*found));
    }
}

Task<Result<UserRef>> Accounts::find(UserId id) {
    for (;;) {
        if (UserRef user = cached(id)) co_return user;
        const std::uint64_t changes_before = changes_;
        Result<std::optional<User>> found = co_await store_.find_user(id);
        if (!found) co_return Failure<Error>(std::move(found.error()));
        if (changes_ == changes_before) co_return keep(std::move(*found));
    }
}

// The first of those that are not cached, each once.
std::vector<UserId> Accounts::missing_among(std::span<const UserId> ids) {
    std::vector<UserId> missing;
    for (const UserId id : ids) {
        if (missing.size() == users_per_look) break;
        if (!by_id_.find(id) && std::ranges::find(missing, id) == missing.end()) missing.push_back(id);
    }
    return missing;
}

Task<Result<std::vector<UserRef>>> Accounts::find(std::vector<UserId> ids) {
    std::vector<UserRef> users;
    users.reserve(ids.size());
    while (users.size() < ids.size()) {
        if (UserRef user = cached(ids[users.size()])) {
            users.push_back(std::move(user));
            continue;
        }
        const std::vector<UserId> missing = missing_among(std::span(ids).subspan(users.size()));
        const std::uint64_t changes_before = changes_;
        Result<std::vector<std::optional<User>>> found = co_await store_.find_users(missing);
        if (!found) co_return Failure<Error>(std::move(found.error()));
        if (changes_ != changes_before) continue;
        for (std::size_t next = 0; next < missing.size();) {
            const UserId id = ids[users.size()];
            if (id == missing[next]) {
                users.push_back(keep(std::move((*found)[next++])));
            } else if (UserRef user = cached(id)) {
                users.push_back(std::move(user));
            } else {
                break;  // it has left the cache since
            }
        }
    }
    co_return users;
}

void Accounts::forget(UserId id) {
    ++changes_;
    by_id_.erase(id);
}

void Accounts::forget_all() {
    ++changes_;
    by_id_ = LruCache<UserId, UserRef>(cached_max_);
    ids_ = LruCache<std::string, UserId>(cached_max_);
}

}  // namespace obrol
