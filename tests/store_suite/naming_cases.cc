// What servers say of others, and how much of it is believed and kept.
#include <algorithm>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

Server added(const ChangeResult& result) {
    return *std::get<ServerAdded>(result.value()).server;
}

MeetServer meeting(PublicKey key, const std::string& label, ServerId expected = {}) {
    MeetServer made;
    made.key = key;
    made.label = label;
    made.expected = expected;
    return made;
}

TEST_P(StoreSuite, WhatOneServerSaysOfUsersOfAnotherTakesUpItsOwnRoom) {
    const ServerId server = connect("B");
    const ServerId liar = connect("C");
    const auto named = [&](const char* name, ServerId by, std::size_t users_max = 2) {
        return apply(MeetUser{server, name, "", "", now, users_max, by});
    };
    EXPECT_TRUE(named("invented1", liar).has_value());
    EXPECT_TRUE(named("invented2", liar).has_value());
    in_every_state([&] {
        EXPECT_EQ(refusal_of(named("invented3", liar)), ChatError::too_many_accounts);
        EXPECT_TRUE(named("INVENTED2", liar).has_value()) << "known already";
    });
    EXPECT_TRUE(named("izza", server).has_value()) << "of its own users there are none yet";
    // Whom it named is that server's as soon as that has said something of him.
    EXPECT_TRUE(named("invented1", server).has_value());
    in_every_state([&] { EXPECT_EQ(refusal_of(named("maya", server)), ChatError::too_many_accounts); });
    EXPECT_TRUE(named("invented3", liar).has_value()) << "one less by its word";
    EXPECT_EQ(refusal_of(named("invented2", server)), ChatError::too_many_accounts);
    // Those to whom somebody here wrote are counted for their server, by themselves.
    EXPECT_TRUE(named("written1", {}).has_value());
    EXPECT_TRUE(named("written2", {}).has_value());
    in_every_state([&] { EXPECT_EQ(refusal_of(named("written3", {})), ChatError::too_many_accounts); });
    EXPECT_TRUE(apply(MeetUser{liar, "written3", "", "", now, 2, {}}).has_value());
}

TEST_P(StoreSuite, TheWordOfHisOwnServerHolds) {
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    const UserId maya = meet(server, "MAYA");
    const auto card = [&] { return find(maya).value().card; };
    carry_out(MeetUser{server, "Maya", "Maya of B, they say", "xx", now, 0, other});
    in_every_state([&] {
        EXPECT_EQ(card(), (UserCard{"MAYA@B", "Maya of B, they say", "xx"})) << "nobody knows better yet";
        EXPECT_EQ(find(maya).value().named_by, ServerId());
    });
    carry_out(MeetUser{server, "maya", "Maya", "id", now, 0, server});
    carry_out(MeetUser{server, "MaYa", "somebody else", "xx", now, 0, other});
    carry_out(MeetUser{server, "MaYa", "somebody else", "xx", now});
    in_every_state([&] {
        EXPECT_EQ(card(), (UserCard{"maya@B", "Maya", "id"}));
        EXPECT_EQ(find(maya).value().named_by, server);
        EXPECT_EQ(run(store().find_remote_user(server, "maya")).value().value().id, maya);
    });
}

TEST_P(StoreSuite, SoManyServersAreKnownByTheWordOfOne) {
    const ServerId teller = connect("B");
    const ServerId other = connect("C");
    const auto heard = [&](const char* label, ServerId by) {
        MeetServer meet = meeting(key_of(label), label);
        meet.named_by = by;
        meet.named_max = 2;
        return apply(meet);
    };
    const Server first = added(heard("X1", teller));
    EXPECT_EQ(first.named_by, teller);
    added(heard("X2", teller));
    in_every_state([&] {
        EXPECT_EQ(refusal_of(heard("X3", teller)), ChatError::too_many_servers);
        EXPECT_EQ(added(heard("X1", teller)).id, first.id) << "known already";
    });
    EXPECT_EQ(added(heard("Y1", other)).named_by, other) << "others have their own room";
    // One that is met, or added here, is known by more than a word.
    const Server met = added(apply(meeting(key_of("X1"), "X1")));
    EXPECT_EQ(met.id, first.id);
    in_every_state([&] { EXPECT_EQ(run(store().servers()).value().at(2).named_by, ServerId()); });
    EXPECT_TRUE(heard("X3", teller).has_value());
    EXPECT_EQ(refusal_of(heard("X4", teller)), ChatError::too_many_servers);
    // So is one that was added here and then turned out to be it.
    const Server x2 = added(apply(AddKnownServer{"X2", "x2.example", 1}));
    EXPECT_EQ(x2.named_by, ServerId());
    EXPECT_EQ(added(apply(meeting(key_of("X2"), "X2", x2.id))).label, "X2");
    in_every_state([&] { EXPECT_EQ(run(store().servers()).value().size(), 6u) << "B, C, X1, X2, Y1, X3"; });
    EXPECT_TRUE(heard("X4", teller).has_value());
}

TEST_P(StoreSuite, WhoIsOnlyNamedKeepsNobodyFromHisLabel) {
    const ServerId liar = connect("L");
    const auto heard = [&](const std::string& label, const std::string& key) {
        MeetServer meet = meeting(key_of(key), label);
        meet.named_by = liar;
        return added(apply(meet));
    };
    const auto label_of = [&](ServerId id) {
        const std::vector<Server> servers = run(store().servers()).value();
        return std::ranges::find(servers, id, &Server::id)->label;
    };
    const ServerId invented = heard("B", "false B").id;
    const UserId user = meet(invented, "izza");
    EXPECT_EQ(find(user).value().card.name, "izza@B");
    const Server met = added(apply(meeting(key_of("B"), "b")));
    EXPECT_EQ(met.label, "b");
    in_every_state([&] {
        EXPECT_EQ(label_of(invented), "B~6661");
        EXPECT_EQ(find(user).value().card.name, "izza@B~6661");
    });
    // One that is added here has the label too, and another key may answer there.
    const ServerId also = heard("C", "false C").id;
    carry_out(AddKnownServer{"Z", "z.example", 1});
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"C", "c.example", 1, 1})), ChatError::too_many_servers);
    in_every_state([&] { EXPECT_EQ(label_of(also), "C") << "nothing has changed"; });
    const Server c = added(apply(AddKnownServer{"C", "c.example", 1}));
    EXPECT_NE(c.id, also);
    EXPECT_FALSE(c.key);
    in_every_state([&] { EXPECT_EQ(label_of(also), "C~6661"); });
    // And one that was named otherwise is called as it says itself, with its users.
    const ServerId named = heard("evil", "D").id;
    const UserId maya = meet(named, "maya");
    EXPECT_EQ(added(apply(meeting(key_of("D"), "D"))).id, named);
    in_every_state([&] {
        EXPECT_EQ(label_of(named), "D");
        EXPECT_EQ(find(maya).value().card.name, "maya@D");
    });
    const ServerId other = heard("evil", "E").id;
    EXPECT_EQ(added(apply(meeting(key_of("E"), "D"))).label, "evil") << "that label is taken";
    EXPECT_EQ(label_of(other), "evil");
}

TEST_P(StoreSuite, WhomSomebodyHereHasToDoWithIsNotOnlyNamed) {
    const ServerId teller = connect("L");
    const auto heard = [&](const std::string& label) {
        MeetServer meet = meeting(key_of(label), label);
        meet.named_by = teller;
        return added(apply(meet)).id;
    };
    const auto namer_of = [&](ServerId id) {
        const std::vector<Server> servers = run(store().servers()).value();
        return std::ranges::find(servers, id, &Server::id)->named_by;
    };
    const ServerId with_address = heard("B");
    const ServerId with_link = heard("C");
    const ServerId told = heard("D");
    const ServerId forgotten = heard("E");
    carry_out(SetServerAddress{with_address, "b.example", 1});
    carry_out(SetServerState{with_link, ServerState::connected});
    carry_out(SetServerAddress{told, "d.example", 1, true});
    carry_out(ForgetServer{forgotten});
    in_every_state([&] {
        EXPECT_EQ(namer_of(with_address), ServerId());
        EXPECT_EQ(namer_of(with_link), ServerId());
        EXPECT_EQ(namer_of(told), teller);
        EXPECT_EQ(namer_of(forgotten), teller);
    });
    EXPECT_EQ(added(apply(meeting(key_of("other"), "B"))).label, "B~6f74") << "that label is its own now";
    EXPECT_EQ(added(apply(meeting(key_of("else"), "E"))).label, "E");
    EXPECT_EQ(added(apply(meeting(key_of("D"), "D", told))).named_by, ServerId()) << "it was dialled";
}

TEST_P(StoreSuite, WhatIsLeftOfOneThatWasNamedKeepsNobodyFromHisLabel) {
    const ServerId teller = connect("L");
    const auto heard = [&](const std::string& label, const std::string& key) {
        MeetServer meet = meeting(key_of(key), label);
        meet.named_by = teller;
        return added(apply(meet)).id;
    };
    const ServerId one = heard("victim", "key1");
    const ServerId other = heard("W", "key2");
    for (const ServerId server : {one, other})
        carry_out(MeetUser{server, "x", "", "", now, 0, teller});
    carry_out(RotateServerKey{other, KeyStatement{key_of("key2"), key_of("key1"), {}, {}}});
    EXPECT_EQ(added(apply(meeting(key_of("true"), "victim"))).label, "victim");
}

TEST_P(StoreSuite, WhomAServerNamedUnderAnotherKeyItHasNamed) {
    const ServerId server = connect("B");
    const ServerId before = added(apply(meeting(key_of("B0"), "B0"))).id;
    MeetServer meet = meeting(key_of("X"), "X");
    meet.named_by = before;
    const ServerId named = added(apply(meet)).id;
    const UserId user = std::get<UserCreated>(apply(MeetUser{named, "izza", "", "", now, 0, before}).value()).user;
    carry_out(RotateServerKey{server, KeyStatement{key_of("B0"), key_of("B"), {}, {}}});
    in_every_state([&] {
        const std::vector<Server> servers = run(store().servers()).value();
        const auto found = std::ranges::find(servers, named, &Server::id);
        ASSERT_NE(found, servers.end());
        EXPECT_EQ(found->named_by, server);
        EXPECT_EQ(find(user).value().named_by, server);
    });
}

TEST_P(StoreSuite, WhoeverTakesNoRefusalsIsNotListenedTo) {
    const ServerId server = connect("B");
    const auto refuse_next = [&](std::int64_t number, std::size_t queue_max) {
        Receive item = receiving(server);
        item.place = {1, number};
        item.item.bytes[15] = static_cast<std::uint8_t>(number);
        item.change = nullptr;
        item.why = ChatError::unknown_recipient;
        item.refusal_id = item.item;
        item.queue_max = queue_max;
        return apply(item);
    };
    EXPECT_TRUE(refuse_next(1, 2).has_value());
    EXPECT_TRUE(refuse_next(2, 2).has_value());
    in_every_state([&] { EXPECT_EQ(refusal_of(refuse_next(3, 2)), ChatError::queue_full); });
    EXPECT_TRUE(std::get<Received>(refuse_next(2, 2).value()).is_duplicate) << "what lies behind needs no room";
    EXPECT_EQ(outbox(server).size(), 2u);
    carry_out(AcknowledgeOutbox{server, {1, 1}});
    EXPECT_TRUE(refuse_next(3, 2).has_value());
    EXPECT_EQ(refusal_of(refuse_next(4, 2)), ChatError::queue_full);
    EXPECT_TRUE(refuse_next(4, 0).has_value()) << "any number";
}

}  // namespace
}  // namespace obrol
