#include "bench/peers/xmpp_stream.h"

#include <algorithm>

namespace obrol::bench {
namespace {

constexpr std::size_t none = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n";

// Behind the tag that begins at `begin`; none while its end is missing. A quoted value may hold '>'.
std::size_t tag_end(std::string_view text, std::size_t begin) {
    for (std::size_t at = begin;;) {
        at = text.find_first_of("'\">", at);
        if (at == none) return none;
        if (text[at] == '>') return at + 1;
        at = text.find(text[at], at + 1);
        if (at == none) return none;
        ++at;
    }
}

}  // namespace

std::size_t first_part_size(std::string_view received) {
    if (received.empty()) return 0;
    if (received.front() != '<') return std::min(received.find('<'), received.size());
    std::size_t depth = 0;
    for (std::size_t begin = 0; begin != none;) {
        const std::size_t end = tag_end(received, begin);
        if (end == none) return 0;
        const std::string_view tag = received.substr(begin, end - begin);
        const std::string_view name = element_name(tag);
        if (depth == 0 && (name.starts_with('?') || name.starts_with('/') || name == "stream:stream")) return end;
        if (name.starts_with('/')) {
            --depth;
        } else if (!tag.ends_with("/>")) {
            ++depth;
        }
        if (depth == 0) return end;
        begin = received.find('<', end);
    }
    return 0;
}

std::string_view element_name(std::string_view part) {
    if (!part.starts_with('<')) return {};
    const std::size_t end = part.find_first_of(" \t\r\n/>", 2);  // a slash at the front belongs to it
    return part.substr(1, end == none ? none : end - 1);
}

std::optional<std::string_view> attribute(std::string_view part, std::string_view name) {
    std::size_t at = 1 + element_name(part).size();
    while (true) {
        const std::size_t begin = part.find_first_not_of(blanks, at);
        const std::size_t open = part.find_first_of("'\">", at);
        if (begin == none || open == none || part[open] == '>') return std::nullopt;
        const std::size_t close = part.find(part[open], open + 1);
        if (close == none) return std::nullopt;
        const std::string_view found = part.substr(begin, part.find_first_of("= \t\r\n", begin) - begin);
        if (found == name) return part.substr(open + 1, close - open - 1);
        at = close + 1;
    }
}

std::optional<std::string_view> text_of(std::string_view stanza, std::string_view name) {
    for (std::size_t begin = stanza.find('<'); begin != none;) {
        const std::size_t end = tag_end(stanza, begin);
        if (end == none) return std::nullopt;
        const std::size_t next = stanza.find('<', end);
        if (element_name(stanza.substr(begin)) == name)
            return stanza[end - 2] == '/' ? std::string_view() : stanza.substr(end, next - end);
        begin = next;
    }
    return std::nullopt;
}

}  // namespace obrol::bench
