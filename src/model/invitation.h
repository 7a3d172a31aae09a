// A code that lets a stranger make an account (registration = "invite", or from elsewhere with "loopback").
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/ids.h"
#include "model/user.h"

namespace obrol {

// What is stored of it; the code itself only as its digest.
struct Invitation {
    InvitationId id;
    UserId created_by;          // none: the operator
    Role role = Role::member;   // of the accounts made with it
    std::int64_t uses_max = 1;  // accounts
    std::int64_t used = 0;
    std::optional<WallTime> expires_at;  // from then on it is of no use; none: never
    std::string note;                    // for whoever looks at the list
    WallTime created_at{};

    bool is_usable(WallTime now) const { return used < uses_max && (!expires_at || now < *expires_at); }
};

}  // namespace obrol
