#include "apps/obrold/demo.h"

#include <array>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <utility>

#include "model/name.h"

namespace obrol {
namespace {

struct DemoUser {
    const char* name;
    const char* display_name;
    const char* country;
};
constexpr std::array<DemoUser, 6> demo_users{{
    {"messi", "Lionel Messi", "Argentina"},
    {"henderson", "Jordan Henderson", "Inggris"},
    {"lineker", "Gary Lineker", "Inggris"},
    {"izza", "Izza", "Indonesia"},
    {"maya", "Maya", "Indonesia"},
    {"nania", "Nania", "Indonesia"},
}};
constexpr const char* demo_password = "surabaya";

}  // namespace

Task<Result<void>> add_demo_users(Chat& chat, Store& store) {
    for (const DemoUser& user : demo_users) {
        // Asked first, because adding would take the time of a password hash to find that out.
        const Result<std::optional<User>> known = co_await store.find_user(name_key(user.name));
        if (!known) co_return Failure<Error>(known.error());
        if (*known) continue;
        UserCard card{user.name, user.display_name, user.country};
        const auto added = co_await chat.add_user(std::move(card), demo_password, Role::member);
        if (!added && added.error() != ChatError::name_taken)
            co_return fail(fmt::format("cannot add the demo user {}: {}", user.name, to_string(added.error())));
    }
    co_return Result<void>();
}

}  // namespace obrol
