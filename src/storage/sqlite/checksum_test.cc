#include "storage/sqlite/checksum.h"

#include <functional>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace obrol::sqlite {
namespace {

TEST(Checksum, Crc32cOfTheExamplesOfRfc3720) {
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
    std::string ascending;
    for (int i = 0; i < 32; ++i)
        ascending.push_back(static_cast<char>(i));
    EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
    EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113FDB5Cu);
}

TEST(Checksum, Crc32cGoesOnFromWhatCameBefore) {
    const std::string text = "nine bytes and some more";
    for (std::size_t i = 0; i <= text.size(); ++i)
        EXPECT_EQ(crc32c(text.substr(i), crc32c(text.substr(0, i))), crc32c(text)) << i;
}

TEST(Checksum, Crc32cIsTheSameWithAndWithoutTheInstruction) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(crc32c_by_tables(text, 7), crc32c(text, 7)) << i;
        text.push_back(static_cast<char>(i * 37));
    }
}

TEST(Checksum, OfAHeaderCoversEveryField) {
    EntryHeader header;
    header.conversation = ConversationId(7);
    header.seq = Seq(8);
    header.sender = UserId(9);
    std::set<std::uint32_t> seen{header_checksum(header, 0), header_checksum(header, 1)};
    const std::vector<std::function<void(EntryHeader&)>> changes = {
        [](EntryHeader& one) { one.conversation = ConversationId(6); },
        [](EntryHeader& one) { one.seq = Seq(9); },
        [](EntryHeader& one) { one.sender = UserId(8); },
        [](EntryHeader& one) { one.id.bytes[15] = 1; },
        [](EntryHeader& one) { one.at = WallTime(std::chrono::milliseconds(1)); },
        [](EntryHeader& one) { one.kind = EntryKind::notice; },
    };
    for (const auto& change : changes) {
        EntryHeader changed = header;
        change(changed);
        seen.insert(header_checksum(changed, 0));
    }
    EXPECT_EQ(seen.size(), 2 + changes.size());
    EntryHeader moved = header;
    moved.position = Position(5);
    EXPECT_EQ(header_checksum(moved, 0), header_checksum(header, 0));
}

TEST(Checksum, OfABodyBelongsToItsHeaderAndToItsErasure) {
    EXPECT_NE(body_checksum(1, "text", false), body_checksum(2, "text", false));
    EXPECT_NE(body_checksum(1, "text", false), body_checksum(1, "texT", false));
    EXPECT_NE(body_checksum(1, "", false), body_checksum(1, "", true));
}

}  // namespace
}  // namespace obrol::sqlite
