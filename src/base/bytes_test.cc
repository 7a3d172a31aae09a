#include "base/bytes.h"

#include <gtest/gtest.h>
#include <limits>

namespace obrol {
namespace {

TEST(Bytes, NumbersBeginWithTheirHighestByte) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.write_u8(0x12);
    writer.write_u16(0x3456);
    writer.write_u32(0x789ABCDE);
    writer.write_i64(-2);
    EXPECT_EQ(bytes, "\x12\x34\x56\x78\x9A\xBC\xDE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE");
    ByteReader reader(bytes);
    EXPECT_EQ(reader.read_u8(), 0x12);
    EXPECT_EQ(reader.read_u16(), 0x3456);
    EXPECT_EQ(reader.read_u32(), 0x789ABCDEu);
    EXPECT_EQ(reader.read_i64(), -2);
    EXPECT_TRUE(reader.is_done());
}

TEST(Bytes, TextsHaveTheirLengthBeforeThem) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.write_text("halo");
    writer.write_text("");
    writer.write_array(std::array<std::uint8_t, 2>{1, 2});
    EXPECT_EQ(bytes, std::string("\0\0\0\4halo\0\0\0\0\1\2", 14));
    ByteReader reader(bytes);
    EXPECT_EQ(reader.read_text(), "halo");
    EXPECT_EQ(reader.read_text(), "");
    EXPECT_FALSE(reader.is_done());
    EXPECT_EQ((reader.read_array<2>()), (std::array<std::uint8_t, 2>{1, 2}));
    EXPECT_TRUE(reader.is_done());
}

TEST(Bytes, WhatDoesNotFitSpoilsAllThatFollows) {
    const std::string bytes("\0\0\0\5halo", 8);
    ByteReader reader(bytes);
    EXPECT_EQ(reader.read_text(), "");
    EXPECT_FALSE(reader.is_good());
    EXPECT_EQ(reader.read_u8(), 0);
    EXPECT_FALSE(reader.is_done());
}

TEST(Bytes, FlagsAreZeroOrOne) {
    ByteReader reader("\1\2");
    EXPECT_TRUE(reader.read_flag());
    EXPECT_TRUE(reader.is_good());
    reader.read_flag();
    EXPECT_FALSE(reader.is_good());
}

TEST(Bytes, NoListIsLongerThanItsBytes) {
    const std::string three("\0\0\0\3abcdef", 10);
    ByteReader fits(three);
    EXPECT_EQ(fits.read_count(2), 3u);
    EXPECT_TRUE(fits.is_good());
    ByteReader does_not(three);
    EXPECT_EQ(does_not.read_count(3), 0u);
    EXPECT_FALSE(does_not.is_good());
}

}  // namespace
}  // namespace obrol
