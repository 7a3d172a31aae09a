// Where a server tells that it can be dialled, and what the others make of it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/federation_pair.h"

namespace obrol::testing {
namespace {

using std::chrono::seconds;

TEST(FederationAddresses, AnAddressIsBelievedOnceTheSameKeyHasAnsweredThere) {
    FederationOptions advertising;
    advertising.advertise = {Advertised::Kind::at, {"A", 8889}};
    World world;
    Node& a = world.add("A", 1, advertising);
    Node& b = world.add("B", 2);
    World::introduce(a, b, false);
    b.federation->start({});
    a.federation->start({});
    world.run_for(seconds(1));
    EXPECT_EQ(b.peering.at(b.peering.id_of(a.key.public_key())).host, "A");

    FederationOptions lying;
    lying.advertise = {Advertised::Kind::at, {"B", 8889}};
    Node& c = world.add("C", 3, lying);
    World::introduce(c, b, false);
    c.federation->start({});
    world.run_for(seconds(1));
    EXPECT_EQ(c.federation->state(ServerId(1)), LinkState::up);
    EXPECT_EQ(b.peering.at(b.peering.id_of(c.key.public_key())).host, "");
}

TEST(FederationAddresses, ItIsDialledWhereItComesFromUnlessItSaysOtherwise) {
    FederationOptions silent;
    silent.advertise.kind = Advertised::Kind::nowhere;
    struct Case {
        FederationOptions options;
        std::string name;  // at which it can be dialled
        std::string address;
        Federation::Ports ports;
        std::uint16_t learned;  // 0: nothing
    };
    const Federation::Ports both{.anywhere = 1, .on_loopback = 2};
    for (const Case& each : {Case{{}, "127.0.0.1", "127.0.0.1", both, 2}, Case{{}, "127.0.0.1", "127.0.0.1", {1, 0}, 1},
                             Case{{}, "192.0.2.1", "192.0.2.1", both, 1}, Case{{}, "192.0.2.1", "192.0.2.1", {0, 2}, 0},
                             Case{{}, "127.0.0.1", "127.0.0.1", {}, 0}, Case{{}, "elsewhere", "127.0.0.1", both, 0},
                             Case{silent, "127.0.0.1", "127.0.0.1", both, 0}}) {
        SCOPED_TRACE(each.name + " " + each.address + " " + std::to_string(each.ports.anywhere));
        World world;
        world.address = each.address;
        Node& a = world.add(each.name, 1, each.options);
        Node& b = world.add("B", 2);
        World::introduce(a, b, false);
        b.federation->start({});
        a.federation->start(each.ports);
        world.run_for(seconds(1));
        const Server met = b.peering.at(b.peering.id_of(a.key.public_key()));
        EXPECT_EQ(b.federation->state(met.id), LinkState::up);
        EXPECT_EQ(met.port, each.learned);
        EXPECT_EQ(met.host, each.learned == 0 ? "" : each.address);
    }
}

// A server comes to B and says that it listens on port 4711.
struct Guest {
    explicit Guest(const std::string& name) : a(world.add(name, 1)), b(world.add("B", 2)) {
        World::introduce(a, b, false);
        b.federation->start({});
        a.federation->start({.on_loopback = 4711});
        world.run_for(seconds(1));
    }
    Server& met() { return b.peering.at(b.peering.id_of(a.key.public_key())); }
    bool is_up() { return b.federation->state(met().id) == LinkState::up; }

    World world;
    Node& a;
    Node& b;
};

TEST(FederationAddresses, WhereItCannotBeDialledItIsNotDialledAgainForAnHour) {
    Guest guest("elsewhere");
    const auto dialled_in_vain = [&] {
        return std::ranges::count_if(guest.b.logger.remarks, [](const std::string& line) {
            return line.find("cannot be dialled at 127.0.0.1:4711") != std::string::npos;
        });
    };
    EXPECT_EQ(dialled_in_vain(), 1);
    for (int i = 0; i < 3; ++i) {
        guest.world.last_wire().cut();
        guest.world.run_for(std::chrono::minutes(5));
        EXPECT_TRUE(guest.is_up());
    }
    EXPECT_EQ(dialled_in_vain(), 1);
    guest.world.run_for(std::chrono::hours(1));
    guest.world.last_wire().cut();
    guest.world.run_for(std::chrono::minutes(5));
    EXPECT_EQ(dialled_in_vain(), 2);
}

TEST(FederationAddresses, WhatIsKnownIsNotProvenAgain) {
    Guest guest("127.0.0.1");
    EXPECT_EQ(guest.world.wires.size(), 2u) << "the link and the proof";
    guest.world.wires.front()->cut();
    guest.world.run_for(seconds(1));
    const std::size_t wires = guest.world.wires.size();
    EXPECT_LE(wires, 4u) << "each has dialled the other once";
    guest.world.run_for(std::chrono::minutes(1));
    EXPECT_EQ(guest.world.wires.size(), wires);
}

TEST(FederationAddresses, AnAddressThatItToldItMayTellAnew) {
    for (const bool is_told : {true, false}) {
        Guest guest("127.0.0.1");
        ASSERT_TRUE(guest.met().is_address_told);
        guest.met().host = "elsewhere";
        guest.met().is_address_told = is_told;
        guest.world.last_wire().cut();
        guest.world.wires.front()->cut();
        guest.world.run_for(seconds(2));
        EXPECT_TRUE(guest.is_up());
        EXPECT_EQ(guest.met().host, is_told ? "127.0.0.1" : "elsewhere");
    }
}

}  // namespace
}  // namespace obrol::testing
