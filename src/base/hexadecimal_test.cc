#include "base/hexadecimal.h"

#include <array>
#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Hexadecimal, IsReadAsItWasWritten) {
    const std::array<std::uint8_t, 3> bytes{0x00, 0x9f, 0xff};
    EXPECT_EQ(to_hexadecimal(bytes), "009fff");
    std::array<std::uint8_t, 3> read{};
    EXPECT_TRUE(parse_hexadecimal("009fff", read));
    EXPECT_EQ(read, bytes);
}

TEST(Hexadecimal, OtherTextsAreRefused) {
    std::array<std::uint8_t, 2> read{};
    for (const std::string_view text : {"", "00f", "00fff", "00fF", "00fg", " 0ff"})
        EXPECT_FALSE(parse_hexadecimal(text, read)) << text;
}

}  // namespace
}  // namespace obrol
