// What somebody is asked before a file of this machine is replaced.
#pragma once

#include <string>
#include <string_view>

namespace obrol {

// A prompt.
std::string replace_question(std::string_view path);
bool is_yes(std::string_view line);
inline constexpr std::string_view not_replaced_text = "Dibatalkan";

}  // namespace obrol
