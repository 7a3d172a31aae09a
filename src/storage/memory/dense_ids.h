// Ids that count from 1 without a gap, as places in a vector.
#pragma once

#include <cstddef>
#include <cstdint>

namespace obrol {

inline std::size_t index_of(std::int64_t id) {
    return static_cast<std::size_t>(id - 1);
}
inline bool is_within(std::int64_t id, std::size_t size) {
    return id >= 1 && static_cast<std::uint64_t>(id) <= size;
}

}  // namespace obrol
