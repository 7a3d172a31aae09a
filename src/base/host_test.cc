#include "base/host.h"

#include <gtest/gtest.h>
#include <string>

namespace obrol {
namespace {

TEST(Host, SomeAddressesAreNeverDialled) {
    for (const char* host : {"0.0.0.0",
                             "0.1.2.3",
                             "169.254.0.0",
                             "169.254.169.254",
                             "169.254.255.255",
                             "100.100.100.200",
                             "168.63.129.16",
                             "224.0.0.1",
                             "239.255.255.255",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "fe80::1",
                             "fe80::1%eth0",
                             "febf::1",
                             "ff02::1",
                             "fd00:ec2::254",
                             "FD00:0EC2::0254",
                             "::ffff:169.254.169.254",
                             "::ffff:0.0.0.0",
                             "::169.254.1.1",
                             "64:ff9b::169.254.169.254"})
        EXPECT_EQ(reach_of(host), Reach::never) << host;
}

TEST(Host, PrivateAddressesAreNearby) {
    for (const char* host : {"127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1",
                             "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255", "::1",
                             "fc00::1", "fdff::1", "fd00:ec2::253", "::ffff:192.168.1.1"})
        EXPECT_EQ(reach_of(host), Reach::nearby) << host;
}

TEST(Host, OthersAreAnywhere) {
    for (const char* host :
         {"1.0.0.0", "169.253.255.255", "169.255.0.0", "126.255.255.255", "128.0.0.1", "9.255.255.255", "11.0.0.0",
          "172.15.255.255", "172.32.0.0", "192.167.1.1", "192.169.1.1", "100.63.255.255", "100.128.0.0",
          "223.255.255.255", "fe7f::1", "fec0::1", "2001:db8::1", "::ffff:8.8.8.8"})
        EXPECT_EQ(reach_of(host), Reach::anywhere) << host;
}

TEST(Host, WhatIsNoNumericAddressHasNoReach) {
    for (const char* host : {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "2852039166", "0xA9FEA9FE", "[::1]",
                             ":::", "1.2.3.4%eth0", "chat.example.org", "1.2.3.4 "})
        EXPECT_EQ(reach_of(host), std::nullopt) << host;
}

TEST(Host, Names) {
    const std::string longest_part(63, 'a');
    const std::string longest = longest_part + '.' + longest_part + '.' + longest_part + '.' + std::string(61, 'a');
    for (const std::string& host : {std::string("localhost"), std::string("a"), std::string("chat.example.org"),
                                    std::string("4chat.Example-1.x9"), longest_part, longest})
        EXPECT_TRUE(is_host_name(host)) << host;
    for (const std::string& host :
         {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a..b"), std::string("-a"),
          std::string("a-"), std::string("a_b"), std::string("a b"), std::string("2852039166"),
          std::string("0xA9FEA9FE"), std::string("1.2.3.4"), std::string("169.254.43518"), std::string("a.0x10"),
          longest_part + 'a', longest + 'a'})
        EXPECT_FALSE(is_host_name(host)) << host;
}

}  // namespace
}  // namespace obrol
