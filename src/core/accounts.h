// Users by name and id, cached. What is cached is for finding and showing; whether an account may act is decided by the
// store in commit order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lru_cache.h"
#include "base/result.h"
#include "model/user.h"
#include "storage/store.h"

namespace obrol {

using UserRef = std::shared_ptr<const User>;

class Accounts {
  public:
    // `store` must outlive it.
    Accounts(Store& store, std::size_t cached_max)
        : store_(store), cached_max_(cached_max), by_id_(cached_max), ids_(cached_max) {}

    // Null when it is not cached. By the name: those of this server.
    UserRef cached(std::string_view name);
    UserRef cached(UserId id);
    UserRef cached(ServerId server, std::string_view name);
    // Null when there is no such account.
    Task<Result<UserRef>> find(std::string name);
    Task<Result<UserRef>> find(UserId id);
    // In the order of `ids`, each of its own moment; those that are not cached with one look into the store for many.
    Task<Result<std::vector<UserRef>>> find(std::vector<UserId> ids);
    // Somebody of another server, by his name there. Null when nobody has heard of him.
    Task<Result<UserRef>> find(ServerId server, std::string name);
    // After a change of the account.
    void forget(UserId id);
    void forget_all();

  private:
    using Reading = Task<Result<std::optional<User>>>;
    // Of users of other servers no name is one of this server.
    static std::string key_of(ServerId server, std::string_view name);
    UserRef cached_by_key(const std::string& key);
    UserRef keep(std::optional<User> user);
    std::vector<UserId> missing_among(std::span<const UserId> ids);
    Task<Result<UserRef>> find_by_key(ServerId server, std::string name);

    Store& store_;
    const std::size_t cached_max_;
    LruCache<UserId, UserRef> by_id_;
    LruCache<std::string, UserId> ids_;  // by key_of
    std::uint64_t changes_ = 0;          // so that a look into the store that was overtaken by one is noticed
};

}  // namespace obrol
