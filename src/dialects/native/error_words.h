// The errors of the native dialect: a code for programs, words for people that say what to do next.
#pragma once

#include <string>
#include <string_view>

#include "model/reply.h"

namespace obrol::native {

// An unknown user and a wrong password are one code, so that nobody learns which names exist.
std::string_view error_code(ChatError error);
std::string error_words(const Refused& refused);

}  // namespace obrol::native
