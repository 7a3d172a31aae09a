// User names (DESIGN section 5): 1 to 100 of letters, digits, '_', '.', '-'; the first a letter or digit; no "..";
// compared without case; not of UUID form (that would read as a token); "server", "system" and "admin" are reserved.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace obrol {

inline constexpr std::size_t user_name_bytes_max = 100;

enum class NameProblem { none, empty, too_long, bad_character, bad_start, double_dot, uuid_form, reserved };

NameProblem check_user_name(std::string_view name);
// What is wrong, in words for the person who chose the name; empty for `none`.
std::string_view to_string(NameProblem problem);

// The form in which names are compared and looked up: ASCII letters in lower case.
std::string name_key(std::string_view name);

}  // namespace obrol
