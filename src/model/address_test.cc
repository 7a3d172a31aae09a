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

TEST(Place, NamesAUserOrAGroup) {
    const std::pair<std::string, Place> cases[] = {
        {"messi", {Place::Kind::user, {"messi", ""}}},
        {"messi@B", {Place::Kind::user, {"messi", "B"}}},
        {"#lab", {Place::Kind::group, {"lab", ""}}},
        {"#lab@A", {Place::Kind::group, {"lab", "A"}}},
    };
    for (const auto& [text, place] : cases) {
        EXPECT_EQ(parse_place(text), place);
        EXPECT_EQ(to_string(place), text);
    }
    EXPECT_EQ(to_string(Place{Place::Kind::group_code, {"0a9f3c", ""}}), "0a9f3c");
}

}  // namespace
}  // namespace obrol
