#include "model/address.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Address, DividesAtTheFirstAt) {
    EXPECT_EQ(parse_address("messi"), (Address{"messi", ""}));
    EXPECT_EQ(parse_address("messi@B"), (Address{"messi", "B"}));
    EXPECT_EQ(parse_address("messi@B@C"), (Address{"messi", "B@C"}));
    EXPECT_EQ(to_string(parse_address("messi@B")), "messi@B");
}

TEST(AddressList, DropsEmptyParts) {
    EXPECT_EQ(parse_address_list("a,b@X,c"), (std::vector<Address>{{"a", ""}, {"b", "X"}, {"c", ""}}));
    EXPECT_EQ(parse_address_list(",a,,b,"), (std::vector<Address>{{"a", ""}, {"b", ""}}));
    EXPECT_TRUE(parse_address_list(",,").empty());
    EXPECT_TRUE(parse_address_list("").empty());
}

}  // namespace
}  // namespace obrol
