// Whether a listener takes connections that are not encrypted. All take those that are.
#pragma once

#include <cstdint>

namespace obrol {

enum class Plaintext : std::uint8_t { taken, refused };

}  // namespace obrol
