#include "io/network.h"

#include <gtest/gtest.h>

namespace obrol {
namespace {

TEST(Endpoint, IsWrittenWithBracketsWhereItNeedsThem) {
    EXPECT_EQ(to_string(Endpoint{"127.0.0.1", 8889}), "127.0.0.1:8889");
    EXPECT_EQ(to_string(Endpoint{"::1", 8889}), "[::1]:8889");
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
