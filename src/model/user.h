// A person (or program) with an account.
#pragma once

#include <cstdint>
#include <string>

#include "model/ids.h"

namespace obrol {

enum class Role : std::uint8_t { member = 0, admin = 1 };
enum class AccountState : std::uint8_t { active = 0, disabled = 1, deleted = 2 };

// What others may see of a user.
struct UserCard {
    std::string name;          // as chosen, compared without case; of a user of another server "messi@B"
    std::string display_name;  // "Lionel Messi"; the name when none was given
    std::string country;       // may be empty

    friend bool operator==(const UserCard&, const UserCard&) = default;
};

struct User {
    UserId id;
    ServerId server;  // where he is at home; his name there is what stands before '@' in the card's
    UserCard card;
    std::string password_hash;  // libsodium's encoded Argon2id string; empty: cannot log in by password
    Role role = Role::member;
    AccountState state = AccountState::active;
    WallTime created_at{};
    // Of a user of another server: by whose word he is known. That is his own server, since it has said something of
    // him; before, another one that has named him. None: somebody here wrote to him.
    ServerId named_by;
};

}  // namespace obrol
