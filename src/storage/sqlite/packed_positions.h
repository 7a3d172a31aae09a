// Ascending positions as they are stored in conversation_index and idempotency_answers: each as the difference to the
// one before (the first: to 0), in base 128, least significant group first, the high bit set on all groups of a number
// but its last (LEB128).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"

namespace obrol::sqlite {

// Appends `position` to `packed`, whose last position is `before` (none: 0) and smaller.
void pack_position(std::string& packed, Position before, Position position);

// Nothing when the bytes are not such a list.
std::optional<std::vector<Position>> unpack_positions(std::string_view packed);

}  // namespace obrol::sqlite
