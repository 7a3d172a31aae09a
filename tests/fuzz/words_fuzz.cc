// Words and the text argument must account for every byte of the line.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "wire/words.h"

namespace obrol {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

void check_padding(std::string_view text) {
    const std::string_view bare = drop_padding_blank(text);
    OBROL_CHECK(text.size() - bare.size() <= 2);
    OBROL_CHECK(text.find(bare) != std::string_view::npos);
    OBROL_CHECK(blank_only(bare) == blank_only(text));
}

}  // namespace

void fuzz_words(std::string_view line) {
    WordReader reader(line);
    OBROL_CHECK(reader.rest_text() == line);
    const char* position = line.data();
    const char* const end = line.data() + line.size();
    while (const auto word = reader.next_word()) {
        OBROL_CHECK(!word->empty() && std::ranges::none_of(*word, is_blank));
        const char* const word_end = word->data() + word->size();
        OBROL_CHECK(std::all_of(position, word->data(), is_blank));
        OBROL_CHECK(position == line.data() || position < word->data());
        OBROL_CHECK(word_end == end || is_blank(*word_end));
        const std::string_view text = reader.rest_text();
        const auto behind = static_cast<std::size_t>(end - word_end);
        OBROL_CHECK(text.size() == (behind == 0 ? 0 : behind - 1));
        OBROL_CHECK(text.empty() || text.data() == word_end + 1);
        check_padding(text);
        position = word_end;
    }
    OBROL_CHECK(std::all_of(position, end, is_blank));
    OBROL_CHECK(blank_only(line) == (position == line.data()));
    check_padding(line);
}

}  // namespace obrol
