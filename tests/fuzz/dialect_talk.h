// A stream of requests told to a dialect's server half in pieces, every command answered at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dialects/dialect.h"

namespace obrol {

// What came of it, for comparison: the kind of each command, its token, and the answer. Sizes of the pieces are drawn
// from `seed`; 0: all in one piece. Ends the program when the dialect breaks its contract.
std::string talk(const DialectKind& kind, std::string_view stream, std::uint32_t seed);

}  // namespace obrol
