// The error texts of simple-chat, in the language of document 000.
#pragma once

#include <string>
#include <string_view>

#include "model/reply.h"

namespace obrol::simple_chat {

std::string_view error_text(ChatError error);
// With the subject where several were named or the text alone would not say enough.
std::string error_text(const Refused& refused);
// The error behind a text; texts that several errors share give the first of them. unknown_command for unknown texts.
ChatError error_of_text(std::string_view text);

}  // namespace obrol::simple_chat
