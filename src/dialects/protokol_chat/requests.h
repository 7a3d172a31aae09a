// The requests of protokol-chat, as the document and its own client write them (PROTOCOLS.md: protokol-chat; What the
// original clients send and read).
#pragma once

#include <string_view>

#include "model/command.h"

namespace obrol::protokol_chat {

// A line of valid UTF-8 without NUL. `own_server` is this server's label.
Command read_request(std::string_view line, std::string_view own_server);

}  // namespace obrol::protokol_chat
