// Codes that people type and nobody guesses: join codes of groups, codes of files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/random.h"

namespace obrol {

// How many to offer to the store, which takes the first that is free.
inline constexpr std::size_t code_candidates = 8;

// Hexadecimal digits in lower case.
std::string random_hex(SecureRandom& random, std::size_t digits);
// `code_candidates` of them.
std::vector<std::string> random_codes(SecureRandom& random, std::size_t digits);

}  // namespace obrol
