#include "bench/peers/native_protocol.h"

#include <charconv>

#include "bench/peers/native_words.h"

namespace obrol::bench {
namespace {

constexpr std::string_view busy = "{\"status\":\"ERROR\",\"code\":\"busy\"";
constexpr std::string_view wait = "\"retry_ms\":";

Duration retry_after(std::string_view answer) {
    const std::size_t at = answer.find(wait);
    if (at == std::string_view::npos) return {};
    std::int64_t milliseconds = 0;
    std::from_chars(answer.data() + at + wait.size(), answer.data() + answer.size(), milliseconds);
    return std::chrono::milliseconds(milliseconds);
}

}  // namespace

std::string_view NativeProtocol::granted() const {
    return native_success;
}

std::optional<AnswerCount> NativeProtocol::read_answer(std::string_view answer) const {
    // The answer to a message names it; no other success does.
    if (answer.starts_with(native_success) && !native_text_member(answer, "id").empty()) return AnswerCount{};
    if (answer.starts_with(busy)) return AnswerCount{.busy = true, .retry_after = retry_after(answer)};
    return std::nullopt;
}

}  // namespace obrol::bench
