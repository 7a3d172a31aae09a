// Times as people and JSON read them (RFC 3339), in UTC with milliseconds: "2026-11-21T03:50:45.765Z".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace obrol {

// Years 0 to 9999.
std::string rfc3339(WallTime time);
// The same, rfc3339_size characters from `place` on. Returns their end.
char* write_rfc3339(WallTime time, char* place);
inline constexpr std::size_t rfc3339_size = 24;
// Reads exactly that form; none: another one, or no such time.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace obrol
