#include "wire/words.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace obrol {
namespace {

using Words = std::vector<std::string>;

TEST(WordReader, SplitsAtBlanks) {
    const struct {
        std::string_view line;
        Words words;
    } cases[] = {
        {"", {}},
        {" ", {}},
        {" \t  ", {}},
        {"auth", {"auth"}},
        {"auth messi surabaya", {"auth", "messi", "surabaya"}},
        {"auth messi surabaya ", {"auth", "messi", "surabaya"}},
        {"  auth \t messi\tsurabaya\t ", {"auth", "messi", "surabaya"}},
        {"a\rb \r", {"a\rb", "\r"}},
        {"nama\u00a0tetap \u00e9", {"nama\u00a0tetap", "\u00e9"}},
    };
    for (const auto& c : cases) {
        WordReader reader(c.line);
        Words words;
        while (const auto word = reader.next_word())
            words.emplace_back(*word);
        EXPECT_EQ(words, c.words) << '"' << c.line << '"';
        EXPECT_FALSE(reader.next_word()) << '"' << c.line << '"';
    }
}

TEST(WordReader, TextStartsAfterExactlyOneBlank) {
    const struct {
        std::string_view line;
        int words_before;
        std::string_view text;
    } cases[] = {
        {"send messi halo", 2, "halo"},
        {"send messi halo apa  kabar", 2, "halo apa  kabar"},
        {"send messi  halo ", 2, " halo "},
        {"send messi \thalo\t", 2, "\thalo\t"},
        {"send messi\thalo", 2, "halo"},
        {"  send   messi halo", 2, "halo"},
        {"send messi", 2, ""},
        {"send messi ", 2, ""},
        {"send messi  ", 2, " "},
        {"send ", 1, ""},
        {" raw text ", 0, " raw text "},
        {"", 0, ""},
        {"   ", 0, "   "},
    };
    for (const auto& c : cases) {
        WordReader reader(c.line);
        for (int i = 0; i < c.words_before; ++i)
            ASSERT_TRUE(reader.next_word()) << '"' << c.line << '"';
        EXPECT_EQ(reader.rest_text(), c.text) << '"' << c.line << '"';
        EXPECT_EQ(reader.rest_text(), c.text) << "asked twice: \"" << c.line << '"';
    }
}

TEST(WordReader, LookingForAMissingWordKeepsTheText) {
    WordReader reader("send messi   ");
    ASSERT_TRUE(reader.next_word());
    ASSERT_TRUE(reader.next_word());
    EXPECT_FALSE(reader.next_word());
    EXPECT_EQ(reader.rest_text(), "  ");
}

TEST(Words, BlankOnly) {
    EXPECT_TRUE(blank_only(""));
    EXPECT_TRUE(blank_only(" \t "));
    EXPECT_FALSE(blank_only(" x "));
    EXPECT_FALSE(blank_only("\r"));
    EXPECT_FALSE(blank_only(std::string_view("\0", 1)));
}

TEST(Words, DropPaddingBlank) {
    const struct {
        std::string_view padded;
        std::string_view text;
    } cases[] = {
        {"", ""},          {" ", ""},         {"  ", ""},         {"   ", " "},           {"halo", "halo"},
        {" halo", "halo"}, {"halo ", "halo"}, {" halo ", "halo"}, {"  halo  ", " halo "}, {"\thalo\t", "\thalo\t"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(drop_padding_blank(c.padded), c.text) << '"' << c.padded << '"';
}

}  // namespace
}  // namespace obrol
