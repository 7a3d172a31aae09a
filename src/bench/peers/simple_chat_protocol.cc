#include "bench/peers/simple_chat_protocol.h"

namespace obrol::bench {
namespace {

constexpr std::string_view acknowledgement = "{\"status\": \"OK\", \"message\": \"Message Sent\"}\r\n\r\n";
constexpr std::string_view busy =
    "{\"status\": \"ERROR\", \"message\": \"Maaf, server sedang sibuk, coba lagi\"}\r\n\r\n";

}  // namespace

std::string_view SimpleChatProtocol::granted() const {
    return "{\"status\": \"OK\", \"tokenid\": \"";
}

std::optional<AnswerCount> SimpleChatProtocol::read_answer(std::string_view received) const {
    if (received.starts_with(acknowledgement)) return AnswerCount{acknowledgement.size(), 1};
    if (received.starts_with(busy)) return AnswerCount{busy.size(), 1, true};
    return std::nullopt;
}

}  // namespace obrol::bench
