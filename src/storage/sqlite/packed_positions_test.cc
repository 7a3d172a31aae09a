#include "storage/sqlite/packed_positions.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace obrol::sqlite {
namespace {

std::string pack(const std::vector<std::int64_t>& values) {
    std::string packed;
    Position before;
    for (const std::int64_t value : values) {
        pack_position(packed, before, Position(value));
        before = Position(value);
    }
    return packed;
}

TEST(PackedPositions, ComeBackAsTheyWere) {
    const std::vector<std::vector<std::int64_t>> lists = {
        {}, {1}, {127}, {128}, {1, 2, 3}, {5, 132, 133, 20'000, INT64_MAX}, {INT64_MAX}, {1, INT64_MAX},
    };
    for (const auto& list : lists) {
        const auto unpacked = unpack_positions(pack(list));
        ASSERT_TRUE(unpacked.has_value());
        std::vector<std::int64_t> values;
        for (const Position position : *unpacked)
            values.push_back(position.value);
        EXPECT_EQ(values, list);
    }
}

TEST(PackedPositions, NeighboursTakeOneByteEach) {
    EXPECT_EQ(pack({1'000'000, 1'000'001, 1'000'128}).size(), 3u + 2);
}

TEST(PackedPositions, DamagedBytesAreNotAList) {
    const std::string whole = pack({300, 70'000});
    EXPECT_FALSE(unpack_positions(whole.substr(0, whole.size() - 1)).has_value()) << "cut off";
    EXPECT_FALSE(unpack_positions(std::string(10, '\x80') + '\x01').has_value()) << "more groups than a number has";
    EXPECT_FALSE(unpack_positions(pack({INT64_MAX}) + '\x01').has_value()) << "beyond what a position can be";
    EXPECT_FALSE(unpack_positions(pack({7}) + std::string(1, '\0')).has_value()) << "the same twice";
}

}  // namespace
}  // namespace obrol::sqlite
