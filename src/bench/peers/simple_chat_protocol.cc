#include "bench/peers/simple_chat_protocol.h"

namespace obrol::bench {
namespace {

constexpr std::string_view acknowledgement = "{\"status\": \"OK\", \"message\": \"Message Sent\"}";
constexpr std::string_view busy = "{\"status\": \"ERROR\", \"message\": \"Maaf, server sedang sibuk, coba lagi\"}";

}  // namespace

std::string_view SimpleChatProtocol::granted() const {
    return "{\"status\": \"OK\", \"tokenid\": \"";
}

std::optional<AnswerCount> SimpleChatProtocol::read_answer(std::string_view answer) const {
    if (answer == acknowledgement) return AnswerCount{};
    if (answer == busy) return AnswerCount{.busy = true};
    return std::nullopt;
}

}  // namespace obrol::bench
