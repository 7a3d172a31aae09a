// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace obrol {

struct CodePoint {
    char32_t value;
    // Length of its form in UTF-8: 1 to 4.
    std::size_t bytes;
};

// The first code point; nothing when `text` is empty or does not begin with a well-formed one.
[[nodiscard]] std::optional<CodePoint> decode_code_point(std::string_view text);

// Length in bytes of the longest well-formed beginning of `text`; its size when all of it is well-formed.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text);

// NUL is valid UTF-8; who refuses it asks has_nul() too.
[[nodiscard]] bool is_valid_utf8(std::string_view text);
[[nodiscard]] bool has_nul(std::string_view text);

// How many code points a well-formed text has.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

}  // namespace obrol
