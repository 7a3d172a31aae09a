#include "storage/sqlite/packed_positions.h"

#include <cstdint>

#include "base/check.h"

namespace obrol::sqlite {
namespace {

constexpr unsigned group_bits = 7;
constexpr std::uint64_t more_follows = 1u << group_bits;
// Nine groups hold every difference of two positions.
constexpr unsigned shift_max = 8 * group_bits;

}  // namespace

void pack_position(std::string& packed, Position before, Position position) {
    OBROL_CHECK(before.value >= 0 && position > before);
    auto rest = static_cast<std::uint64_t>(position.value - before.value);
    for (; rest >= more_follows; rest >>= group_bits)
        packed.push_back(static_cast<char>(rest | more_follows));
    packed.push_back(static_cast<char>(rest));
}

std::optional<std::vector<Position>> unpack_positions(std::string_view packed) {
    std::vector<Position> positions;
    std::uint64_t last = 0;
    std::uint64_t difference = 0;
    unsigned shift = 0;
    for (const char c : packed) {
        const auto group = static_cast<std::uint8_t>(c);
        if (shift > shift_max) return std::nullopt;
        difference |= (group & (more_follows - 1)) << shift;
        shift += group_bits;
        if (group & more_follows) continue;
        if (difference == 0) return std::nullopt;
        last += difference;
        if (last > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
        positions.emplace_back(static_cast<std::int64_t>(last));
        difference = 0;
        shift = 0;
    }
    if (shift != 0) return std::nullopt;
    return positions;
}

}  // namespace obrol::sqlite
