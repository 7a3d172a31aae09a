// Columns of text for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace obrol {

// What came from somebody else as it may be shown: control characters, which could steer the terminal, become U+FFFD.
std::string shown_text(std::string_view text);

class TextTable {
  public:
    explicit TextTable(std::vector<std::string> header) { add(std::move(header)); }

    // As many cells as the header has. An empty one is shown as "-".
    void add(std::vector<std::string> row);
    // One line for each row, two blanks between columns that begin at the same place. Counts code points: characters of
    // double width shift what stands behind them.
    std::string to_string() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace obrol
