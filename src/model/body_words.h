// How bodies of entries that are made of words are taken apart.
#pragma once

#include <algorithm>
#include <string_view>

namespace obrol {

// Cuts the first word and the blank behind it off.
inline std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

}  // namespace obrol
