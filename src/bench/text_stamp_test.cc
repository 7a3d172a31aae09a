#include "bench/text_stamp.h"

#include <gtest/gtest.h>

namespace obrol::bench {
namespace {

TEST(TextStamp, IsReadAsItWasWritten) {
    for (const TextStamp stamp : {TextStamp{0, 0}, TextStamp{7, 123'456}, TextStamp{0xffffffff, 0xfffffffe}}) {
        for (const std::size_t size : {stamped_text_size_min, std::size_t{64}}) {
            std::string text(size, '?');
            write_stamp(stamp, text);
            EXPECT_EQ(text.size(), size);
            EXPECT_EQ(text.find_first_not_of("T0123456789abcdefx"), std::string::npos) << text;
            EXPECT_EQ(read_stamp(text), stamp) << text;
        }
    }
}

TEST(TextStamp, OtherTextsHaveNone) {
    std::string text(stamped_text_size_min, '?');
    write_stamp({1, 2}, text);
    EXPECT_FALSE(read_stamp(text.substr(1)));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = 'g';
        EXPECT_FALSE(read_stamp(damaged)) << damaged;
    }
    EXPECT_FALSE(read_stamp(""));
}

TEST(TextStamp, EveryDigitCountsWhereItStandsAndNothingElseIsOne) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(stamped_text_size_min, '?');
    write_stamp({0, 0}, text);
    for (std::size_t place = 0; place < 8; ++place) {
        for (unsigned character = 0; character < 256; ++character) {
            std::string changed = text;
            changed[9 + place] = static_cast<char>(character);
            const auto stamp = read_stamp(changed);
            const std::size_t value = digits.find(static_cast<char>(character));
            ASSERT_EQ(stamp.has_value(), value != std::string_view::npos) << character;
            if (!stamp) continue;
            EXPECT_EQ(stamp->number, static_cast<std::uint32_t>(value << 4 * (7 - place)));
        }
    }
}

}  // namespace
}  // namespace obrol::bench
