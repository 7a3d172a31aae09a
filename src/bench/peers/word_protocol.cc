#include "bench/peers/word_protocol.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace obrol::bench {
namespace {

// A server that never ends an answer must not fill the generator's memory.
constexpr std::size_t longest_answer = 64 * 1024;

Failure<Error> refused(std::string_view what, std::string_view received) {
    constexpr std::size_t quoted = 300;
    return fail("the server answered a " + std::string(what) + " with " +
                std::string(received.substr(0, std::min(received.find(word_answer_end), quoted))));
}

}  // namespace

WordProtocol::WordProtocol(std::vector<std::string> users, std::string password)
    : users_(std::move(users)), password_(std::move(password)) {
    OBROL_CHECK(!users_.empty());
}

void WordProtocol::append_login(std::size_t client, std::string& out) const {
    out.append("auth ").append(users_[client % users_.size()]).append(" ").append(password_).append("\r\n");
}

Result<AnswerCount> WordProtocol::read_login_answer(std::string_view received) const {
    const std::size_t end = received.find(word_answer_end);
    if (end == std::string_view::npos && received.size() <= longest_answer) return AnswerCount{};
    if (end == std::string_view::npos || !received.starts_with(granted())) return refused("login", received);
    return AnswerCount{end + word_answer_end.size(), 1};
}

void WordProtocol::append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                                  std::string& out) const {
    // Clients of one user begin at different recipients, or all would write to the same one at the same time.
    const std::size_t recipient = (client / users_.size() + static_cast<std::size_t>(sequence)) % users_.size();
    out.append("send ").append(users_[recipient]).append(" ").append(text).append("\r\n");
}

Result<AnswerCount> WordProtocol::count_acknowledgements(std::string_view received) const {
    AnswerCount count;
    for (;;) {
        const std::string_view rest = received.substr(count.consumed);
        const std::size_t end = rest.find(word_answer_end);
        if (end == std::string_view::npos && rest.size() <= longest_answer) return count;
        const auto answer = end == std::string_view::npos ? std::nullopt : read_answer(rest.substr(0, end));
        if (!answer) return refused("message", rest);
        if (count.answers > 0 && count.busy != answer->busy) return count;
        count.consumed += end + word_answer_end.size();
        ++count.answers;
        count.busy = answer->busy;
        count.retry_after = std::max(count.retry_after, answer->retry_after);
    }
}

}  // namespace obrol::bench
