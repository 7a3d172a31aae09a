// What py-chat says when it refuses, in the language of document 003.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/reply.h"

namespace obrol::py_chat {

// Whoever is unknown or not logged in is asked to register.
std::string_view error_text(ChatError error);
// With the subject where several were named, or where it says what is wrong.
std::string error_text(const Refused& refused);
// "NAME: why" for each, with commas between them.
std::string failures_text(const std::vector<NameRefused>& failures);

}  // namespace obrol::py_chat
