// A user as the key of a FixedCache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/ids.h"
#include "storage/sqlite/fixed_cache.h"

namespace obrol::sqlite {

struct UserHash {
    std::size_t operator()(UserId user) const { return mix(static_cast<std::uint64_t>(user.value)); }
};

}  // namespace obrol::sqlite
