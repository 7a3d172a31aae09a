#include "io/network.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Endpoint, IsWrittenWithBracketsWhereItNeedsThem) {
    EXPECT_EQ(to_string(Endpoint{"127.0.0.1", 8889}), "127.0.0.1:8889");
    EXPECT_EQ(to_string(Endpoint{"::1", 8889}), "[::1]:8889");
}

TEST(Endpoint, IsReadFromHostAndPort) {
    EXPECT_EQ(parse_endpoint("chat.example:8889"), (Endpoint{"chat.example", 8889}));
    EXPECT_EQ(parse_endpoint("[::1]:8889"), (Endpoint{"::1", 8889}));
    EXPECT_EQ(parse_endpoint("::1:8889"), (Endpoint{"::1", 8889}));
    for (const char* text : {"", "chat.example", ":8889", "chat.example:", "chat.example:65536", "chat.example:80x"})
        EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
}

TEST(AddressBlock, IsTheAddressOrTheFirstHalfOfAnIpv6Address) {
    EXPECT_EQ(address_block("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address_block("2001:db8:0:1::1"), "2001:db8:0:1::/64");
    EXPECT_EQ(address_block("2001:db8:0:1:ffff:ffff:ffff:ffff"), "2001:db8:0:1::/64");
    EXPECT_NE(address_block("2001:db8:0:2::1"), address_block("2001:db8:0:1::1"));
    EXPECT_EQ(address_block("::1"), "::1");
    EXPECT_EQ(address_block("unix"), "unix");
}

}  // namespace
}  // namespace obrol
