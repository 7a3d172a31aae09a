#include "base/utf8.h"

#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

// A plain encoder that knows no rules, to make well-formed and ill-formed sequences of any length alike.
std::string encode(char32_t value, int bytes) {
    if (bytes == 1) return {static_cast<char>(value)};
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) {
        const char32_t bits = value >> (6 * i) & 0x3F;
        const char32_t mark = i == bytes - 1 ? 0xF00u >> bytes & 0xFFu : 0x80u;
        text.push_back(static_cast<char>(mark | bits));
    }
    return text;
}

int shortest(char32_t value) {
    return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
}

TEST(Utf8, DecodesEveryCodePointInItsShortestFormOnly) {
    for (char32_t value = 0; value <= 0x110FFF; ++value) {
        const bool allowed = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
        for (int bytes = shortest(value); bytes <= 4; ++bytes) {
            const std::string text = encode(value, bytes);
            const auto decoded = decode_code_point(text + "x");
            if (!allowed || bytes != shortest(value)) {
                ASSERT_FALSE(decoded) << std::hex << static_cast<unsigned>(value) << " in " << bytes << " bytes";
                continue;
            }
            ASSERT_TRUE(decoded) << std::hex << static_cast<unsigned>(value);
            ASSERT_EQ(decoded->value, value);
            ASSERT_EQ(decoded->bytes, static_cast<std::size_t>(bytes));
            // Cut short anywhere it is nothing.
            for (std::size_t cut = 0; cut < text.size(); ++cut)
                ASSERT_FALSE(decode_code_point(text.substr(0, cut)));
        }
    }
}

TEST(Utf8, Validates) {
    const struct {
        std::string_view name;
        std::string_view text;
        std::size_t valid_prefix;
    } cases[] = {
        {"empty", "", 0},
        {"ASCII", "halo", 4},
        {"ASCII past one machine word", "halo apa kabar, semua?", 22},
        {"two bytes", "\xC3\xA9", 2},
        {"three bytes", "\xE2\x82\xAC", 3},
        {"four bytes", "\xF0\x9D\x84\x9E", 4},
        {"mixed", "a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9Ez", 11},
        {"noncharacter", "\xEF\xBF\xBF", 3},
        {"last code point", "\xF4\x8F\xBF\xBF", 4},
        {"beyond the last code point", "\xF4\x90\x80\x80", 0},
        {"first bytes never used", "\xF5\x80\x80\x80", 0},
        {"0xFF", "ab\xFF", 2},
        {"stray continuation", "ab\x80", 2},
        {"overlong NUL", "\xC0\x80", 0},
        {"overlong slash", "\xC1\xAF", 0},
        {"overlong in three", "\xE0\x9F\xBF", 0},
        {"overlong in four", "\xF0\x8F\xBF\xBF", 0},
        {"first surrogate", "\xED\xA0\x80", 0},
        {"last surrogate", "\xED\xBF\xBF", 0},
        {"just below the surrogates", "\xED\x9F\xBF", 3},
        {"cut after the first byte", "ab\xC3", 2},
        {"cut in a sequence of four", "ab\xF0\x9D\x84", 2},
        {"followed by ASCII too early", "\xE2\x82z", 0},
        {"late in a long text", "12345678abcdefgh\xC3(", 16},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(valid_utf8_prefix(c.text), c.valid_prefix) << c.name;
        EXPECT_EQ(is_valid_utf8(c.text), c.valid_prefix == c.text.size()) << c.name;
    }
}

TEST(Utf8, FindsABadByteAtAnyPlace) {
    for (std::size_t place = 0; place < 40; ++place) {
        std::string text(40, 'x');
        text[place] = '\x80';
        EXPECT_EQ(valid_utf8_prefix(text), place);
    }
}

TEST(Utf8, NulIsValidButFound) {
    const std::string_view text("a\0b", 3);
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_TRUE(has_nul(text));
    EXPECT_FALSE(has_nul("ab"));
    EXPECT_FALSE(has_nul(""));
}

TEST(Utf8, CountsCodePoints) {
    EXPECT_EQ(count_code_points(""), 0u);
    EXPECT_EQ(count_code_points("halo"), 4u);
    EXPECT_EQ(count_code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E"), 4u);
    std::string hundred;
    for (int i = 0; i < 100; ++i)
        hundred += "\xF0\x9D\x84\x9E";
    EXPECT_EQ(count_code_points(hundred), 100u);
    EXPECT_EQ(count_code_points(hundred + "\xC3\xA9"), 101u);
}

}  // namespace
}  // namespace obrol
