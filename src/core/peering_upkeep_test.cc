#include <gtest/gtest.h>

#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class UpkeepTest : public testing::Test {
  protected:
    UpkeepTest() : servers(allowing_strangers(), allowing_strangers()) {
        a.people.add("messi");
        b.people.add("izza");
        servers.join();
        a.peering().start();
        servers.set_link(LinkState::down);
    }
    ~UpkeepTest() override { a.parts.run(stopped(a.peering())); }
    static Task<bool> stopped(Peering& peering) {
        co_await peering.stop();
        co_return true;
    }
    void send(const std::string& text) {
        a.people.get<MessageSent>("messi", SendMessage{parse_address_list("izza@B"), text, std::nullopt});
    }
    std::vector<BounceEvent> bounces() { return a.people.audience("messi").of_kind<BounceEvent>(); }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(UpkeepTest, WhatIsLateIsSaidOnceAndStillArrives) {
    send("halo");
    a.parts.executor.run_for(hours(1) - minutes(1));
    EXPECT_TRUE(bounces().empty());
    a.parts.executor.run_for(minutes(2));
    ASSERT_EQ(bounces().size(), 1u);
    EXPECT_FALSE(bounces()[0].note.is_final);
    EXPECT_EQ(bounces()[0].note.why, ChatError::server_unreachable);
    EXPECT_EQ(bounces()[0].to.name, "izza@B");
    a.parts.executor.run_for(hours(3));
    EXPECT_EQ(bounces().size(), 1u);
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: halo");
}

TEST_F(UpkeepTest, WhatIsTooLateIsGivenUp) {
    send("halo");
    a.parts.executor.run_for(days(7) + minutes(2));
    ASSERT_EQ(bounces().size(), 2u);
    EXPECT_TRUE(bounces()[1].note.is_final);
    send("hai");
    servers.set_link(LinkState::up);
    EXPECT_EQ(servers.carry(a), 2u) << "nothing goes in its place";
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: hai");
    a.parts.executor.run_for(days(8));
    EXPECT_EQ(bounces().size(), 2u);
}

TEST_F(UpkeepTest, WhatHasArrivedIsForgottenAfterAWhile) {
    send("halo");
    servers.set_link(LinkState::up);
    servers.carry_all();
    a.parts.executor.run_for(days(29));
    EXPECT_EQ(*a.parts.run(a.peering().oldest(a.other)), 1);
    a.parts.executor.run_for(days(1) + minutes(2));
    EXPECT_EQ(*a.parts.run(a.peering().oldest(a.other)), std::nullopt);
}

TEST_F(UpkeepTest, AStoreThatCannotBeReadIsAskedAgain) {
    send("halo");
    a.parts.executor.run_for(hours(1) - minutes(1));
    a.parts.store.fail_next_read("a bad page");
    a.parts.executor.run_for(minutes(5));
    EXPECT_EQ(bounces().size(), 1u);
    EXPECT_EQ(a.parts.logger.count(LogLevel::warning, "a bad page"), 1u);
}

}  // namespace
}  // namespace obrol
