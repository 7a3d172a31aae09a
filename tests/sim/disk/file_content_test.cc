#include "tests/sim/disk/file_content.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace obrol {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(const FileContent& content) {
    std::string text(content.size(), '?');
    content.read(0, std::as_writable_bytes(std::span(text)));
    return text;
}

TEST(FileContent, BehavesAsOneRunOfBytesAcrossChunks) {
    // The same random operations on a plain string; offsets cross the 4 KiB chunks.
    std::string expected;
    FileContent content;
    std::uint64_t state = 1;
    const auto draw = [&state](std::uint64_t bound) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        return (state >> 33) % bound;
    };
    for (int round = 0; round < 2000; ++round) {
        const std::size_t at = draw(20'000);
        if (draw(4) == 0) {
            content.truncate(at);
            expected.resize(at, '\0');
        } else {
            const std::string piece(draw(9'000), static_cast<char>('a' + round % 26));
            content.write(at, bytes(piece));
            if (!piece.empty() && at + piece.size() > expected.size()) expected.resize(at + piece.size(), '\0');
            expected.replace(at > expected.size() ? expected.size() : at, piece.size(), piece);
        }
        ASSERT_EQ(content.size(), expected.size()) << round;
        ASSERT_EQ(text_of(content), expected) << round;
    }
}

TEST(FileContent, ReadPastTheEndIsShortAndZeroed) {
    FileContent content;
    content.write(0, bytes("abc"));
    std::string out = "??????";
    EXPECT_EQ(content.read(1, std::as_writable_bytes(std::span(out))), 2u);
    EXPECT_EQ(out, std::string("bc\0\0\0\0", 6));
    out = "??";
    EXPECT_EQ(content.read(100, std::as_writable_bytes(std::span(out))), 0u);
    EXPECT_EQ(out, std::string("\0\0", 2));
}

TEST(FileContent, ACopyDoesNotSeeLaterChanges) {
    FileContent original;
    original.write(0, bytes("before"));
    FileContent copy = original;
    EXPECT_EQ(copy, original);
    original.write(0, bytes("AFTER"));
    EXPECT_EQ(text_of(copy), "before");
    copy.truncate(2);
    EXPECT_EQ(text_of(original), "AFTERe");
    EXPECT_FALSE(copy == original);
}

TEST(FileContent, FlippingTwiceRestores) {
    FileContent content;
    content.write(0, bytes("abcdef"));
    const std::byte mask[] = {std::byte{0xFF}, std::byte{0x01}};
    content.flip(5, mask);
    EXPECT_EQ(content.size(), 6u);
    EXPECT_EQ(text_of(content), "abcde\x99");
    content.flip(5, mask);
    EXPECT_EQ(text_of(content), "abcdef");
}

}  // namespace
}  // namespace obrol
