// Bytes as hexadecimal digits in lower case, two for each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace obrol {

std::string to_hexadecimal(std::span<const std::uint8_t> bytes);
// Fills `bytes`; false when `text` is anything but exactly so many digits in lower case.
bool parse_hexadecimal(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace obrol
