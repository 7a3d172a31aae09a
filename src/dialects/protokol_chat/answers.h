// What protokol-chat says: {"status": …, "data": …}, and the same once more under the key that the document's own
// client reads.
#pragma once

#include <string>
#include <string_view>

#include "model/command.h"
#include "model/reply.h"

namespace obrol::protokol_chat {

// What an answer must know of its request.
struct Asked {
    enum class About { other, add_server, disconnect_server };
    About about = About::other;
    std::string server = {};
};
Asked asked_by(const Command& command);

// What the other half knows answers by.
inline constexpr std::string_view ready_words = "ready";
inline constexpr std::string_view already_connected_words = "sudah terkoneksi";
std::string_view link_words(LinkState state);

// Appends the answer with its end.
void write_answer(const Reply& reply, const Asked& asked, std::string& out);

}  // namespace obrol::protokol_chat
