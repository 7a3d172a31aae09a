#include "storage/sqlite/fixed_cache.h"

#include <gtest/gtest.h>
#include <map>

namespace obrol::sqlite {
namespace {

struct Mixed {
    std::size_t operator()(int key) const { return mix(static_cast<std::uint64_t>(key)); }
};
// All keys in one set.
struct Same {
    std::size_t operator()(int) const { return 0; }
};

TEST(FixedCache, FindsWhatWasPut) {
    FixedCache<int, int, Mixed> cache(64);
    EXPECT_EQ(cache.find(1), nullptr);
    cache.put(1, 10);
    cache.put(2, 20);
    cache.put(1, 11);
    ASSERT_NE(cache.find(1), nullptr);
    EXPECT_EQ(*cache.find(1), 11);
    EXPECT_EQ(*cache.find(2), 20);
    EXPECT_EQ(cache.find(3), nullptr);
    cache.clear();
    EXPECT_EQ(cache.find(1), nullptr);
}

TEST(FixedCache, AFullSetPushesOutItsOldest) {
    FixedCache<int, int, Same> cache(4);
    for (int key = 0; key < 4; ++key)
        EXPECT_FALSE(cache.put(key, key * 10).has_value());
    EXPECT_EQ(cache.put(4, 40), std::pair(0, 0));
    EXPECT_EQ(cache.put(5, 50), std::pair(1, 10));
    EXPECT_FALSE(cache.put(5, 51).has_value()) << "it is there already";
    EXPECT_EQ(cache.find(0), nullptr);
    for (const int key : {2, 3, 4, 5})
        EXPECT_NE(cache.find(key), nullptr) << key;
}

TEST(FixedCache, LosesNothingUnsaidAndStaysBounded) {
    constexpr int keys = 10'000;
    FixedCache<int, int, Mixed> cache(1024);
    std::map<int, int> expected;
    for (int key = 0; key < keys; ++key) {
        expected[key] = key * 3;
        if (const auto out = cache.put(key, key * 3)) {
            EXPECT_EQ(out->second, out->first * 3);
            EXPECT_EQ(expected.erase(out->first), 1u);
        }
    }
    EXPECT_LE(expected.size(), 1024u);
    EXPECT_GE(expected.size(), 900u) << "grown to its limit and used";
    for (int key = 0; key < keys; ++key) {
        const int* found = cache.find(key);
        ASSERT_EQ(found != nullptr, expected.contains(key)) << key;
        EXPECT_EQ(found ? *found : key * 3, key * 3);
    }
}

}  // namespace
}  // namespace obrol::sqlite
