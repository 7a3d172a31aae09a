#include "bench/peers/simple_chat_protocol.h"

#include <utility>

#include "base/check.h"

namespace obrol::bench {
namespace {

constexpr std::string_view answer_end = "\r\n\r\n";
constexpr std::string_view acknowledgement = "{\"status\": \"OK\", \"message\": \"Message Sent\"}\r\n\r\n";
constexpr std::string_view busy =
    "{\"status\": \"ERROR\", \"message\": \"Maaf, server sedang sibuk, coba lagi\"}\r\n\r\n";
constexpr std::string_view login_begin = "{\"status\": \"OK\", \"tokenid\": \"";
// A server that never ends an answer must not fill the generator's memory.
constexpr std::size_t longest_answer = 64 * 1024;

bool may_still_grow(std::string_view received) {
    return received.find(answer_end) == std::string_view::npos && received.size() <= longest_answer;
}

Failure<Error> refused(std::string_view what, std::string_view received) {
    constexpr std::size_t quoted = 300;
    return fail("the server answered a " + std::string(what) + " with " +
                std::string(received.substr(0, std::min(received.find(answer_end), quoted))));
}

}  // namespace

SimpleChatProtocol::SimpleChatProtocol(std::vector<std::string> users, std::string password)
    : users_(std::move(users)), password_(std::move(password)) {
    OBROL_CHECK(!users_.empty());
}

void SimpleChatProtocol::append_login(std::size_t client, std::string& out) const {
    out.append("auth ").append(users_[client % users_.size()]).append(" ").append(password_).append("\r\n");
}

Result<AnswerCount> SimpleChatProtocol::read_login_answer(std::string_view received) const {
    if (may_still_grow(received)) return AnswerCount{};
    if (!received.starts_with(login_begin)) return refused("login", received);
    return AnswerCount{received.find(answer_end) + answer_end.size(), 1};
}

void SimpleChatProtocol::append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                                        std::string& out) const {
    // Clients of one user begin at different recipients, or all would write to the same one at the same time.
    const std::size_t recipient = (client / users_.size() + static_cast<std::size_t>(sequence)) % users_.size();
    out.append("send ").append(users_[recipient]).append(" ").append(text).append("\r\n");
}

Result<AnswerCount> SimpleChatProtocol::count_acknowledgements(std::string_view received) const {
    AnswerCount count;
    for (;;) {
        const std::string_view rest = received.substr(count.consumed);
        const bool is_busy = rest.starts_with(busy);
        if (!is_busy && !rest.starts_with(acknowledgement)) {
            if (!acknowledgement.starts_with(rest) && !may_still_grow(rest)) return refused("message", rest);
            return count;
        }
        if (count.answers > 0 && count.busy != is_busy) return count;
        count.busy = is_busy;
        count.consumed += is_busy ? busy.size() : acknowledgement.size();
        ++count.answers;
    }
}

}  // namespace obrol::bench
