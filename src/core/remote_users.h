// Users of other servers, as rows here: "messi@B".
#pragma once

#include <string>
#include <string_view>

#include "model/user.h"

namespace obrol {

// What stands before '@': how he is called where he is at home.
inline std::string name_at_home(const User& user) {
    const std::string& name = user.card.name;
    return user.server ? name.substr(0, name.find('@')) : name;
}

}  // namespace obrol
