// Users of other servers, as rows here: "messi@B".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/accounts.h"
#include "core/peering.h"
#include "model/chat_error.h"
#include "model/reply.h"
#include "model/user.h"

namespace obrol {

// What stands before '@': how he is called where he is at home.
inline std::string name_at_home(const User& user) {
    const std::string& name = user.card.name;
    return user.server ? name.substr(0, name.find('@')) : name;
}

// What the store said to a message to these: a refusal that is about a server names it (of several: the first).
Refused refusal_of_post(const Peering& peering, ChatError why, const std::vector<UserRef>& to);

}  // namespace obrol
