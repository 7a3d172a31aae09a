#include "wire/words.h"

namespace obrol {
namespace {

constexpr std::string_view blanks = " \t";

constexpr bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

}  // namespace

std::optional<std::string_view> WordReader::next_word() {
    std::size_t begin = position_;
    while (begin < line_.size() && is_blank(line_[begin]))
        ++begin;
    if (begin == line_.size()) return std::nullopt;
    position_ = begin;
    while (position_ < line_.size() && !is_blank(line_[position_]))
        ++position_;
    return line_.substr(begin, position_ - begin);
}

std::string_view WordReader::rest_text() const {
    if (position_ == 0) return line_;
    return position_ == line_.size() ? std::string_view() : line_.substr(position_ + 1);
}

bool blank_only(std::string_view text) {
    return text.find_first_not_of(blanks) == std::string_view::npos;
}

std::string_view drop_padding_blank(std::string_view text) {
    if (text.starts_with(' ')) text.remove_prefix(1);
    if (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace obrol
