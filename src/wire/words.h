// Splits a request line into words and a text argument (PROTOCOLS.md: common rules, words).
//
// A blank is a space or a tab. Everything returned points into the line and is valid as long as the line is.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace obrol {

class WordReader {
  public:
    explicit WordReader(std::string_view line) : line_(line) {}

    // The next word; nothing when only blanks are left. Words are separated by one or more blanks.
    [[nodiscard]] std::optional<std::string_view> next_word();

    // The text argument: starts after exactly one blank behind the last word read and runs to the line end, with all
    // its blanks; empty when nothing follows that blank. Before the first word: the whole line. Does not move on.
    [[nodiscard]] std::string_view rest_text() const;

  private:
    std::string_view line_;
    // The end of the last word read.
    std::size_t position_ = 0;
};

// Whether a text argument counts as missing: it has nothing but blanks.
[[nodiscard]] bool blank_only(std::string_view text);

// The text less one space on each side, where there is one.
// COMPAT: the original clients of documents 000, 001, 002 and 004 pad the text of `send` with them.
[[nodiscard]] std::string_view drop_padding_blank(std::string_view text);

}  // namespace obrol
