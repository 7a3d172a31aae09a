#include "wire/words.h"

namespace obrol {
namespace {

constexpr std::string_view blanks = " \t";

}  // namespace

std::optional<std::string_view> WordReader::next_word() {
    const std::size_t begin = line_.find_first_not_of(blanks, position_);
    if (begin == std::string_view::npos) return std::nullopt;
    const std::size_t end = line_.find_first_of(blanks, begin);
    const std::string_view word = line_.substr(begin, end == std::string_view::npos ? end : end - begin);
    position_ = begin + word.size();
    return word;
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
