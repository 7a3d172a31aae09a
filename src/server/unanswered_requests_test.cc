#include "server/unanswered_requests.h"

#include <gtest/gtest.h>
#include <memory>

namespace obrol {
namespace {

struct UnansweredRequestsTest : testing::Test {
    UnansweredTotal total;
};

TEST_F(UnansweredRequestsTest, TheOldestComesFirstHoweverManyCameAndWent) {
    UnansweredRequests requests(total);
    std::size_t oldest = 0;
    std::size_t next = 0;
    for (const int waiting : {1, 5, 2, 100, 3, 40, 0, 7}) {
        while (requests.size() < static_cast<std::size_t>(waiting))
            requests.push_back({.bytes = next++});
        while (requests.size() > static_cast<std::size_t>(waiting) / 2) {
            EXPECT_EQ(requests.front().bytes, oldest++);
            requests.pop_front();
        }
        for (std::size_t i = 0; i < requests.size(); ++i)
            EXPECT_EQ(requests[i].bytes, oldest + i);
    }
}

TEST_F(UnansweredRequestsTest, APartIsEqualAndAtLeastOne) {
    EXPECT_EQ(total.part_of(6), 6u);
    UnansweredRequests one(total);
    one.push_back({});
    one.push_back({});
    EXPECT_EQ(total.part_of(6), 6u);
    UnansweredRequests other(total);
    EXPECT_EQ(total.part_of(6), 6u) << "it has none yet";
    other.push_back({});
    EXPECT_EQ(total.part_of(6), 3u);
    EXPECT_EQ(total.part_of(1), 1u);
    EXPECT_EQ(total.requests(), 3u);
    one.pop_front();
    EXPECT_EQ(total.part_of(6), 3u);
    one.pop_front();
    EXPECT_EQ(total.part_of(6), 6u);
}

TEST_F(UnansweredRequestsTest, WhatIsClearedOrDestroyedCountsNoMore) {
    UnansweredRequests one(total);
    one.push_back({});
    {
        UnansweredRequests other(total);
        other.push_back({});
        other.push_back({});
        EXPECT_EQ(total.requests(), 3u);
    }
    EXPECT_EQ(total.requests(), 1u);
    one.clear();
    one.clear();
    EXPECT_EQ(total.requests(), 0u);
    EXPECT_EQ(total.part_of(6), 6u);
    one.push_back({});
    EXPECT_EQ(total.requests(), 1u);
}

}  // namespace
}  // namespace obrol
