#include "base/lru_cache.h"

#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

TEST(LruCache, ForgetsWhatWasNotUsedForLongest) {
    LruCache<int, std::string> cache(2);
    cache.put(1, "one");
    cache.put(2, "two");
    ASSERT_NE(cache.find(1), nullptr);
    cache.put(3, "three");
    EXPECT_EQ(cache.size(), 2u);
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_EQ(*cache.find(1), "one");
    EXPECT_EQ(*cache.find(3), "three");
}

TEST(LruCache, PutReplacesAndEraseForgets) {
    LruCache<int, std::string> cache(2);
    cache.put(1, "one");
    cache.put(1, "uno");
    EXPECT_EQ(cache.size(), 1u);
    EXPECT_EQ(*cache.find(1), "uno");
    cache.erase(1);
    cache.erase(1);
    EXPECT_EQ(cache.find(1), nullptr);
}

TEST(LruCache, GivesUpWhatWasNotUsedForLongest) {
    LruCache<int, std::string> cache(3);
    EXPECT_FALSE(cache.take_oldest());
    cache.put(1, "one");
    cache.put(2, "two");
    ASSERT_NE(cache.find(1), nullptr);
    EXPECT_EQ(cache.take_oldest(), std::pair(2, std::string("two")));
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_EQ(cache.take_oldest(), std::pair(1, std::string("one")));
    EXPECT_EQ(cache.size(), 0u);
}

TEST(LruCache, KeepsPinnedItemsBeyondItsCapacity) {
    LruCache<int, std::string> cache(2);
    const auto is_pinned = [](const std::string& value) { return value == "pinned"; };
    cache.put(1, "pinned", is_pinned);
    cache.put(2, "pinned", is_pinned);
    cache.put(3, "loose", is_pinned);
    EXPECT_EQ(cache.size(), 3u);
    cache.put(4, "loose", is_pinned);
    EXPECT_EQ(cache.find(3), nullptr);
    EXPECT_NE(cache.find(1), nullptr);
    EXPECT_NE(cache.find(2), nullptr);
}

}  // namespace
}  // namespace obrol
