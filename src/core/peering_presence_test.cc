// Who is online on another server.
#include <gtest/gtest.h>

#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

class PresenceElsewhereTest : public testing::Test {
  protected:
    explicit PresenceElsewhereTest(Chat::Options for_a = {}, Chat::Options for_b = {})
        : servers(std::move(for_a), std::move(for_b)) {
        for (const char* name : {"messi", "maya"})
            a.people.add(name);
        for (const char* name : {"izza", "nania"})
            b.people.add(name);
        servers.join();
        // What A asks is answered by B.
        a.links.presence = [this](std::string viewer, Names names) -> std::optional<Names> {
            return b.parts.run(b.peering().online_among(b.other, std::move(viewer), std::move(names)));
        };
    }
    Names online_at_b(const std::string& viewer, Names names) {
        return b.parts.run(b.peering().online_among(b.other, viewer, std::move(names)));
    }
    void befriend(const std::string& at_b, const std::string& at_a) {
        b.people.get<ContactsChanged>(at_b, AddContacts{parse_address_list(at_a + "@A")});
    }
    // "izza@B:on maya:off"
    std::string contacts(const std::string& name) {
        std::string text;
        for (const auto& item : a.people.get<ContactList>(name, ListContacts{}).contacts)
            text += (text.empty() ? "" : " ") + item.user.name + (item.online ? ":on" : ":off");
        return text;
    }
    void add_contacts(const std::string& who) {
        a.people.get<ContactsChanged>("messi", AddContacts{parse_address_list(who)});
    }
    Duration time_of(auto&& what) {
        const MonotonicTime before = a.parts.executor.clock().monotonic_now();
        what();
        return a.parts.executor.clock().monotonic_now() - before;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(PresenceElsewhereTest, OnlyWhoKnowsTheViewerIsSeen) {
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names()) << "nobody there has heard of him";
    servers.send(a, "messi", "izza@B", "halo");
    EXPECT_EQ(online_at_b("messi", {"izza", "nania", "nobody", "..", ""}), Names()) << "a stranger who waits";
    b.people.get<Acknowledged>("izza", AcceptRequest{parse_address("messi@A")});
    EXPECT_EQ(online_at_b("messi", {"nania", "izza", "IZZA"}), Names{"izza"});
    b.people.get<Acknowledged>("izza", Block{parse_address("messi@A"), true});
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names());
    b.people.get<Acknowledged>("izza", Block{parse_address("messi@A"), false});
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names{"izza"});
    EXPECT_EQ(online_at_b("maya", {"izza"}), Names()) << "each for himself";
    befriend("nania", "maya");
    EXPECT_EQ(online_at_b("maya", {"nania"}), Names{"nania"}) << "a contact";
    b.people.get<SessionEnded>("izza", Logout{});
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names());
}

TEST_F(PresenceElsewhereTest, ContactsShowIt) {
    befriend("izza", "messi");
    add_contacts("izza@B,maya,nania@B");
    EXPECT_EQ(contacts("messi"), "izza@B:on maya:on nania@B:off");
    EXPECT_EQ(a.links.asked, Names{"messi izza nania"}) << "one question";
    EXPECT_EQ(servers.carry(a), 0u) << "nothing is queued";
}

TEST_F(PresenceElsewhereTest, MembersOfAGroupSeeOneAnother) {
    befriend("izza", "messi");
    befriend("nania", "messi");
    servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", parse_address_list("maya,izza@B,nania@B")});
    servers.carry_all();
    b.people.get<SessionEnded>("nania", Logout{});
    std::string text;
    for (const auto& item : a.people.get<MemberList>("maya", ListMembers{parse_place("#lab")}).members)
        text += item.user.name + (item.online ? ":on " : ":off ");
    EXPECT_EQ(text, "messi:on maya:on izza@B:on nania@B:off ");
    b.people.get<Acknowledged>("izza", Block{parse_address("maya@A"), true});
    EXPECT_EQ(online_at_b("maya", {"izza"}), Names());
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names{"izza"});
}

TEST_F(PresenceElsewhereTest, AnAnswerIsShownAgainForAWhile) {
    befriend("izza", "messi");
    add_contacts("izza@B");
    EXPECT_EQ(contacts("messi"), "izza@B:on");
    b.people.get<SessionEnded>("izza", Logout{});
    a.parts.executor.run_for(seconds(14));
    EXPECT_EQ(contacts("messi"), "izza@B:on");
    EXPECT_EQ(a.links.asked.size(), 1u);
    a.parts.executor.run_for(seconds(1));
    EXPECT_EQ(contacts("messi"), "izza@B:off");
    EXPECT_EQ(a.links.asked.size(), 2u);
    // For each who looks.
    a.people.get<ContactsChanged>("maya", AddContacts{parse_address_list("izza@B")});
    EXPECT_EQ(contacts("maya"), "izza@B:off");
    EXPECT_EQ(a.links.asked.back(), "maya izza");
}

TEST_F(PresenceElsewhereTest, WithoutALinkEverybodyIsOffline) {
    befriend("izza", "messi");
    add_contacts("izza@B,maya");
    EXPECT_EQ(contacts("messi"), "izza@B:on maya:on");
    servers.set_link(LinkState::down);
    a.links.presence_delay = minutes(1);
    EXPECT_EQ(time_of([&] { EXPECT_EQ(contacts("messi"), "izza@B:off maya:on"); }), Duration(0));
    EXPECT_EQ(a.links.asked.size(), 1u) << "nobody is asked";
}

TEST_F(PresenceElsewhereTest, WhoeverDoesNotAnswerIsNotAskedEachTime) {
    add_contacts("izza@B");
    a.links.presence = nullptr;
    a.links.presence_delay = seconds(1);
    EXPECT_EQ(time_of([&] { EXPECT_EQ(contacts("messi"), "izza@B:off"); }), seconds(1));
    EXPECT_EQ(time_of([&] { EXPECT_EQ(contacts("messi"), "izza@B:off"); }), Duration(0));
    EXPECT_EQ(a.links.asked.size(), 1u);
}

TEST_F(PresenceElsewhereTest, WhatAnotherServerSaysOfOthersIsNotBelieved) {
    add_contacts("izza@B,nania@B,maya");
    a.people.get<SessionEnded>("maya", Logout{});
    a.links.presence = [](std::string, Names) -> std::optional<Names> { return Names{"NANIA", "maya", "nobody", ""}; };
    EXPECT_EQ(contacts("messi"), "izza@B:off nania@B:on maya:off");
}

class FewNamesTest : public PresenceElsewhereTest {
  protected:
    static Chat::Options few() {
        Chat::Options options;
        options.peers.presence_per_server = RateLimit{3, 60};
        return options;
    }
    static Chat::Options kept() {
        Chat::Options options;
        options.peers.presence_kept = seconds(0);
        options.peers.presence_kept_max = 1;
        return options;
    }
    FewNamesTest() : PresenceElsewhereTest(kept(), few()) {}
};

TEST_F(FewNamesTest, AServerAsksAfterSoManyNames) {
    befriend("izza", "messi");
    EXPECT_EQ(online_at_b("messi", {"x", "y", "izza"}), Names{"izza"}) << "the third";
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names()) << "the fourth";
    b.parts.executor.run_for(seconds(1));
    EXPECT_EQ(online_at_b("messi", {"izza"}), Names{"izza"}) << "60 a minute";
}

TEST_F(FewNamesTest, HowMuchIsKeptIsASetting) {
    befriend("izza", "messi");
    befriend("nania", "messi");
    add_contacts("izza@B,nania@B");
    EXPECT_EQ(contacts("messi"), "izza@B:on nania@B:on") << "all are shown though one is kept";
    EXPECT_EQ(contacts("messi"), "izza@B:on nania@B:off") << "and none is for 0 s, so that all are asked after";
    EXPECT_EQ(a.links.asked.size(), 2u);
}

}  // namespace
}  // namespace obrol
