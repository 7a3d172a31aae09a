// What protokol-chat says when it refuses, in Indonesian.
#pragma once

#include <string>
#include <string_view>

#include "model/reply.h"

namespace obrol::protokol_chat {

std::string_view error_text(ChatError error);
// With what is wrong, or whom it is about, where the text alone would not say enough.
std::string error_text(const Refused& refused);

}  // namespace obrol::protokol_chat
