#include "client/admin/text_table.h"

#include <algorithm>

#include "base/check.h"
#include "base/utf8.h"

namespace obrol {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

bool steers(char32_t value) {
    const bool is_control = value < 0x20 || (value >= 0x7f && value < 0xa0);
    // Marks and overrides of the writing direction, which make one name look like another.
    const bool turns = (value >= 0x200e && value <= 0x200f) || (value >= 0x202a && value <= 0x202e) ||
                       (value >= 0x2066 && value <= 0x2069);
    return is_control || turns;
}

}  // namespace

std::string shown_text(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const std::optional<CodePoint> next = decode_code_point(text);
        const std::size_t bytes = next ? next->bytes : 1;
        shown += next && !steers(next->value) ? text.substr(0, bytes) : replacement;
        text.remove_prefix(bytes);
    }
    return shown;
}

void TextTable::add(std::vector<std::string> row) {
    OBROL_CHECK(rows_.empty() || row.size() == rows_.front().size());
    for (std::string& cell : row)
        cell = cell.empty() ? "-" : shown_text(cell);
    rows_.push_back(std::move(row));
}

std::string TextTable::to_string() const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], count_code_points(row[column]));
    }
    std::string text;
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            text += row[column];
            if (column + 1 < row.size()) text.append(widths[column] - count_code_points(row[column]) + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

}  // namespace obrol
