#include "bench/peers/redis_protocol.h"

#include <charconv>
#include <optional>

#include "base/check.h"
#include "bench/peers/resp.h"

namespace obrol::bench {
namespace {

constexpr std::string_view line_end = "\r\n";
// A stream entry's id has at most 41 bytes; whatever is much longer is no acknowledgement.
constexpr std::size_t longest_answer = 4096;

std::string bulk(std::string_view text) {
    std::string out;
    append_bulk(out, text);
    return out;
}

Failure<Error> refused(std::string_view what, std::string_view received) {
    constexpr std::size_t quoted = 300;
    return fail("the server answered " + std::string(what) + " with " +
                std::string(received.substr(0, std::min(received.find(line_end), quoted))));
}

// The size of one whole bulk string at the front; 0 while it is incomplete; nothing when it is something else.
std::optional<std::size_t> bulk_size(std::string_view received) {
    if (received.empty()) return 0;
    const std::size_t head_end = received.find(line_end);
    if (head_end == std::string_view::npos) {
        if (received.size() > longest_answer || received.front() != '$') return std::nullopt;
        return 0;
    }
    if (received.front() != '$') return std::nullopt;
    std::size_t length = 0;
    const char* const last = received.data() + head_end;
    const auto [end, error] = std::from_chars(received.data() + 1, last, length);
    if (error != std::errc{} || end != last || length == 0 || length > longest_answer) return std::nullopt;
    const std::size_t whole = head_end + line_end.size() + length + line_end.size();
    if (received.size() < whole) return 0;
    if (received.substr(whole - line_end.size(), line_end.size()) != line_end) return std::nullopt;
    return whole;
}

std::size_t whole_root_of(std::size_t square) {
    std::size_t root = 1;
    while (root * root < square)
        ++root;
    OBROL_CHECK(root * root == square);
    return root;
}

}  // namespace

RedisProtocol::RedisProtocol(std::size_t streams) : users_(whole_root_of(streams)) {
    for (std::size_t i = 0; i < streams; ++i)
        names_.push_back(bulk("stream" + std::to_string(i)));
}

void RedisProtocol::append_login(std::size_t, std::string& out) const {
    out.append("*1\r\n$4\r\nPING\r\n");
}

Result<AnswerCount> RedisProtocol::read_login_answer(std::string_view received) const {
    constexpr std::string_view pong = "+PONG\r\n";
    if (received.starts_with(pong)) return AnswerCount{pong.size(), 1};
    if (pong.starts_with(received)) return AnswerCount{};
    return refused("PING", received);
}

void RedisProtocol::append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                                   std::string& out) const {
    const std::size_t owner = client % users_;
    const std::size_t recipient = (client / users_ + static_cast<std::size_t>(sequence)) % users_;
    out.append("*5\r\n$4\r\nXADD\r\n").append(names_[owner * users_ + recipient]).append("$1\r\n*\r\n$1\r\nf\r\n");
    append_bulk(out, text);
}

Result<AnswerCount> RedisProtocol::count_acknowledgements(std::string_view received) const {
    AnswerCount count;
    for (;;) {
        const auto size = bulk_size(received.substr(count.consumed));
        if (!size) return refused("XADD", received.substr(count.consumed));
        if (*size == 0) return count;
        count.consumed += *size;
        ++count.answers;
    }
}

}  // namespace obrol::bench
