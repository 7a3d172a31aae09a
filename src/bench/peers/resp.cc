#include "bench/peers/resp.h"

#include <charconv>

namespace obrol::bench {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::int64_t longest_text = 1 << 20;

Failure<Error> no_value(std::string_view received) {
    constexpr std::size_t quoted = 300;
    return fail("the server said what is no value of its protocol: " + std::string(received.substr(0, quoted)));
}

}  // namespace

void append_bulk(std::string& out, std::string_view text) {
    out.append("$").append(std::to_string(text.size())).append(line_end).append(text).append(line_end);
}

void append_command(std::string& out, const std::vector<std::string_view>& words) {
    out.append("*").append(std::to_string(words.size())).append(line_end);
    for (const std::string_view word : words)
        append_bulk(out, word);
}

Result<std::size_t> read_resp(std::string_view received, std::vector<RespItem>& items) {
    items.clear();
    std::size_t at = 0;
    for (std::int64_t open = 1; open > 0; --open) {
        const std::size_t line = received.find('\r', at);
        if (line == std::string_view::npos || received.size() < line + line_end.size()) return std::size_t{0};
        RespItem item;
        item.type = received[at];
        const std::string_view head = received.substr(at + 1, line - at - 1);
        at = line + line_end.size();
        if (item.type == '+' || item.type == '-') {
            item.text = head;
        } else {
            const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), item.number);
            if (error != std::errc{} || end != head.data() + head.size()) return no_value(received);
            if (item.type == '$' && item.number >= 0) {
                if (item.number > longest_text) return no_value(received);
                const auto size = static_cast<std::size_t>(item.number);
                if (received.size() < at + size + line_end.size()) return std::size_t{0};
                item.text = received.substr(at, size);
                at += size + line_end.size();
            } else if (item.type == '*') {
                if (item.number > longest_text) return no_value(received);
                if (item.number > 0) open += item.number;
            } else if (item.type != '$' && item.type != ':') {
                return no_value(received);
            }
        }
        items.push_back(item);
    }
    return at;
}

}  // namespace obrol::bench
