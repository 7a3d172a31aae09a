// Two users, in an order that matters, as the key of a FixedCache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "model/ids.h"
#include "storage/sqlite/fixed_cache.h"

namespace obrol::sqlite {

using UserPair = std::pair<UserId, UserId>;

struct UserPairHash {
    std::size_t operator()(const UserPair& pair) const {
        return mix(mix(static_cast<std::uint64_t>(pair.first.value)) + static_cast<std::uint64_t>(pair.second.value));
    }
};

}  // namespace obrol::sqlite
