#include "core/accounts.h"

#include "model/name.h"

namespace obrol {

UserRef Accounts::cached(std::string_view name) {
    const UserId* id = ids_.find(name_key(name));
    return id ? cached(*id) : nullptr;
}

UserRef Accounts::cached(UserId id) {
    const UserRef* user = by_id_.find(id);
    return user ? *user : nullptr;
}

UserRef Accounts::keep(std::optional<User> user) {
    if (!user) return nullptr;
    auto shared = std::make_shared<const User>(std::move(*user));
    ids_.put(name_key(shared->card.name), shared->id);
    by_id_.put(shared->id, shared);
    return shared;
}

Task<Result<UserRef>> Accounts::find(std::string name) {
    for (;;) {
        if (UserRef user = cached(name)) co_return user;
        const std::uint64_t changes_before = changes_;
        Result<std::optional<User>> found = co_await store_.find_user(name_key(name));
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

void Accounts::forget(UserId id) {
    ++changes_;
    by_id_.erase(id);
}

}  // namespace obrol
