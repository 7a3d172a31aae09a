// What others wrote, for a terminal that would obey control characters.
#pragma once

#include <string>
#include <string_view>

namespace obrol {

// Without its control characters.
std::string printable(std::string_view text);
// "Error, …", likewise.
std::string error_line(std::string_view why);

}  // namespace obrol
