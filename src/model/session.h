// A login that lives on without its connection (DESIGN section 5).
#pragma once

#include "model/ids.h"

namespace obrol {

struct Session {
    SessionId id;
    UserId user;
    WallTime started_at{};
    WallTime used_at{};  // as far as it is stored: may lie behind, never ahead (DESIGN section 1)
};

}  // namespace obrol
