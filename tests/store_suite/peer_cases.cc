// Other servers: who they are, and their users.
#include <algorithm>
#include <array>

#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

Server added(const ChangeResult& result) {
    return *std::get<ServerAdded>(result.value()).server;
}

MeetServer meeting(PublicKey key, std::string label, ServerId expected = {}) {
    MeetServer made;
    made.key = key;
    made.label = std::move(label);
    made.expected = expected;
    return made;
}

RotateServerKey rotating(ServerId server, PublicKey old_key, PublicKey new_key) {
    RotateServerKey made{server, KeyStatement{old_key, new_key, {}}};
    made.statement->signature.fill(old_key.front());
    return made;
}

TEST_P(StoreSuite, AServerIsAddedThenDialledAndPinned) {
    const Server server = added(apply(AddKnownServer{"B", "b.example", 8889, 2}));
    EXPECT_FALSE(server.key);
    EXPECT_EQ(server.state, ServerState::known);
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"b", "elsewhere", 1, 2})), ChatError::server_taken);
    EXPECT_EQ(added(apply(AddKnownServer{"C", "c.example", 8889, 2})).id, ServerId(server.id.value + 1));
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"D", "d.example", 8889, 2})), ChatError::too_many_servers);
    const Server met = added(apply(meeting(key_of("B"), "other", server.id)));
    EXPECT_EQ(met.label, "B") << "it keeps the label that it was given here";
    EXPECT_EQ(refusal_of(apply(meeting(key_of("X"), "B", server.id))), ChatError::server_differs);
    EXPECT_EQ(refusal_of(apply(meeting(key_of("X"), "B", ServerId(77)))), ChatError::not_found);
    in_every_state([&] {
        const std::vector<Server> servers = run(store().servers()).value();
        ASSERT_EQ(servers.size(), 2u);
        EXPECT_EQ(servers[0], met);
        EXPECT_EQ(servers[0].host, "b.example");
        EXPECT_EQ(added(apply(meeting(key_of("B"), "B"))), met);
    });
}

TEST_P(StoreSuite, AServerThatHasDialledGetsAnAddress) {
    const Server met = added(apply(meeting(key_of("B"), "B")));
    Server with_address = met;
    with_address.host = "b.example";
    with_address.port = 8889;
    EXPECT_EQ(added(apply(AddKnownServer{"b", "b.example", 8889})), with_address);
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"B", "elsewhere", 1})), ChatError::server_taken);
    in_every_state([&] { EXPECT_EQ(run(store().servers()).value(), std::vector<Server>(1, with_address)); });
}

TEST_P(StoreSuite, WhatIsSaidHereGoesBeforeWhatAServerTellsOfItsAddress) {
    Server met = added(apply(meeting(key_of("B"), "B")));
    carry_out(SetServerAddress{met.id, "told.example", 8889, true});
    carry_out(SetServerAddress{met.id, "moved.example", 8889, true});
    met.host = "moved.example";
    met.port = 8889;
    met.is_address_told = true;
    in_every_state([&] { EXPECT_EQ(run(store().servers()).value(), std::vector<Server>(1, met)); });
    // It counts among those that were added only when it is.
    EXPECT_EQ(added(apply(AddKnownServer{"C", "c.example", 1, 1})).label, "C");
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"B", "b.example", 1, 1})), ChatError::too_many_servers);
    met.host = "b.example";
    met.port = 1;
    met.is_address_told = false;
    EXPECT_EQ(added(apply(AddKnownServer{"B", "b.example", 1, 2})), met);
    EXPECT_EQ(refusal_of(apply(SetServerAddress{met.id, "told.example", 8889, true})), ChatError::server_taken);
    EXPECT_EQ(refusal_of(apply(AddKnownServer{"B", "elsewhere", 1, 9})), ChatError::server_taken);
    in_every_state([&] { EXPECT_EQ(run(store().servers()).value().at(0), met); });
    carry_out(SetServerAddress{met.id, "", 0});
    carry_out(SetServerAddress{met.id, "told.example", 8889, true});
    carry_out(ForgetServer{met.id});
    EXPECT_EQ(refusal_of(apply(SetServerAddress{met.id, "told.example", 8889, true})), ChatError::not_found);
}

TEST_P(StoreSuite, WhoeverAnswersAtAnAddressTakesItFromWhoHasToldIt) {
    const ServerId b = added(apply(meeting(key_of("B"), "B"))).id;
    const ServerId c = added(apply(meeting(key_of("C"), "C"))).id;
    const auto address_of = [&](ServerId id) {
        const std::vector<Server> servers = run(store().servers()).value();
        for (const Server& server : servers)
            if (server.id == id) return server.host + ":" + std::to_string(server.port);
        return std::string("none");
    };
    carry_out(SetServerAddress{b, "one.example", 1, true});
    carry_out(SetServerAddress{c, "two.example", 2, true});
    carry_out(SetServerAddress{b, "two.example", 2, true});
    EXPECT_EQ(address_of(c), ":0");
    carry_out(SetServerAddress{c, "one.example", 1, true});
    in_every_state([&] {
        EXPECT_EQ(address_of(b), "two.example:2");
        EXPECT_EQ(address_of(c), "one.example:1");
    });
    // So does whoever is said here to be there, and that one nobody takes it from.
    carry_out(SetServerAddress{b, "one.example", 1});
    EXPECT_EQ(address_of(c), ":0");
    EXPECT_EQ(refusal_of(apply(SetServerAddress{c, "one.example", 1, true})), ChatError::server_taken);
    in_every_state([&] { EXPECT_EQ(address_of(b), "one.example:1"); });
}

TEST_P(StoreSuite, TwoThatWereOneKeepWhoSaidWhereItIs) {
    // It had dialled and told its address; the one that was added here turns out to be the same.
    const Server met = added(apply(meeting(key_of("B"), "B~1")));
    carry_out(SetServerAddress{met.id, "told.example", 1, true});
    const Server unmet = added(apply(AddKnownServer{"B", "b.example", 2}));
    MeetServer meet = meeting(key_of("B"), "B");
    meet.expected = unmet.id;
    const Server one = added(apply(meet));
    EXPECT_EQ(one.id, met.id);
    EXPECT_EQ(one.host, "b.example");
    EXPECT_FALSE(one.is_address_told);
    // And it goes on under a key that was known as another server's, which was added.
    const Server other = added(apply(meeting(key_of("C"), "C")));
    carry_out(SetServerAddress{one.id, "", 0});
    carry_out(SetServerAddress{one.id, "told.example", 1, true});
    carry_out(SetServerAddress{other.id, "c.example", 3});
    carry_out(rotating(one.id, key_of("B"), key_of("C")));
    in_every_state([&] {
        const std::vector<Server> servers = run(store().servers()).value();
        const auto found = std::ranges::find(servers, one.id, &Server::id);
        ASSERT_NE(found, servers.end());
        EXPECT_EQ(found->host, "c.example");
        EXPECT_FALSE(found->is_address_told);
    });
}

TEST_P(StoreSuite, AnotherKeyWithTheSameLabelGetsAnotherLabel) {
    const Server first = added(apply(meeting(key_of("B"), "B")));
    PublicKey other{};
    other.fill(0xAB);
    PublicKey third = other;
    third.back() = 0;
    EXPECT_EQ(first.label, "B");
    EXPECT_EQ(added(apply(meeting(other, "b"))).label, "b~abab");
    EXPECT_EQ(added(apply(meeting(third, "B"))).label, "B~abababab");
    store().set_own_key(key_of("own"));
    EXPECT_EQ(refusal_of(apply(meeting(key_of("own"), "A"))), ChatError::own_server);
    const Server unmet = added(apply(AddKnownServer{"C", "c.example", 1}));
    EXPECT_EQ(added(apply(meeting(key_of("C"), "C"))).label, "C~4300") << "it was not dialled";
    EXPECT_FALSE(run(store().servers()).value().at(static_cast<std::size_t>(unmet.id.value - 1)).key);
}

TEST_P(StoreSuite, AServerThatWasMetFirstAndDialledLaterIsOne) {
    const UserId maya = create("maya");
    const Server added_here = added(apply(AddKnownServer{"B", "b.example", 8889}));
    carry_out(SetServerState{added_here.id, ServerState::connected});
    const UserId messi = meet(added_here.id, "messi");
    const UserId izza = meet(added_here.id, "izza");
    const EntryHeader to_messi = send(maya, messi, "one");
    const EntryHeader to_izza = send(maya, izza, "two");

    const Server met = added(apply(meeting(key_of("B"), "B")));
    EXPECT_NE(met.id, added_here.id);
    carry_out(SetServerState{met.id, ServerState::connected});
    const UserId other_messi = meet(met.id, "Messi");
    const EntryHeader to_other = send(maya, other_messi, "zero");
    const Server now_one = added(apply(meeting(key_of("B"), "B", added_here.id)));
    EXPECT_EQ(now_one.id, met.id);
    EXPECT_EQ(now_one.label, "B");
    EXPECT_EQ(now_one.host, "b.example");
    EXPECT_EQ(now_one.state, ServerState::connected);
    in_every_state([&] {
        const std::vector<OutboxItem> items = outbox(met.id);
        ASSERT_EQ(items.size(), 3u);
        EXPECT_EQ(items[0].id, to_other.id);
        EXPECT_EQ(items[1].id, to_messi.id);
        EXPECT_EQ(items[2].id, to_izza.id);
        EXPECT_EQ(items[2].number, 3);
        EXPECT_EQ(progress(met.id).last_id, to_izza.id);
        EXPECT_TRUE(outbox(added_here.id).empty());
        EXPECT_EQ(find(izza).value().server, met.id);
        EXPECT_EQ(find(other_messi).value().card.name, "Messi@B");
        EXPECT_EQ(find(messi).value().server, added_here.id) << "there is one of that name already";
        EXPECT_EQ(run(store().servers()).value().at(0).label, "B~4200");
    });
    send(maya, izza, "three");
    EXPECT_EQ(outbox(met.id).size(), 4u);
}

TEST_P(StoreSuite, StatesAddressesAndKeysOfServersChange) {
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    carry_out(SetServerAddress{server, "b.example", 8889});
    EXPECT_EQ(refusal_of(apply(SetServerAddress{other, "b.example", 8889})), ChatError::server_taken);
    EXPECT_EQ(refusal_of(apply(SetServerAddress{ServerId(77), "x", 1})), ChatError::not_found);
    EXPECT_EQ(refusal_of(apply(SetServerState{ServerId(77), ServerState::blocked})), ChatError::not_found);
    carry_out(SetServerState{server, ServerState::disconnected});
    store().set_own_key(key_of("own"));
    EXPECT_EQ(refusal_of(apply(rotating(server, key_of("x"), key_of("y")))), ChatError::server_differs);
    EXPECT_EQ(refusal_of(apply(rotating(server, key_of("B"), key_of("own")))), ChatError::server_taken);
    EXPECT_EQ(refusal_of(apply(rotating(ServerId(77), key_of("B"), key_of("C2")))), ChatError::not_found);
    carry_out(rotating(server, key_of("B"), key_of("B2")));
    carry_out(rotating(server, key_of("B2"), key_of("B3")));
    in_every_state([&] {
        const Server now_so = run(store().servers()).value().at(0);
        EXPECT_EQ(now_so.key, key_of("B3"));
        EXPECT_EQ(now_so.host, "b.example");
        EXPECT_EQ(now_so.port, 8889);
        EXPECT_EQ(now_so.state, ServerState::disconnected);
        std::vector<FormerKey> former = run(store().former_keys()).value();
        std::ranges::sort(former, {}, [](const FormerKey& one) { return one.statement->new_key; });
        ASSERT_EQ(former.size(), 2u);
        EXPECT_EQ(former[0], (FormerKey{server, key_of("B"), *rotating(server, key_of("B"), key_of("B2")).statement}));
        EXPECT_EQ(former[1],
                  (FormerKey{server, key_of("B2"), *rotating(server, key_of("B2"), key_of("B3")).statement}));
        EXPECT_EQ(refusal_of(apply(meeting(key_of("B2"), "B"))), ChatError::server_differs)
            << "whoever has that key now";
    });
}

TEST_P(StoreSuite, WhatAServerWasBeforeItWasMetIsKept) {
    const ServerId server = connect("B");
    EXPECT_EQ(refusal_of(apply(rotating(server, key_of("B-2"), key_of("B-1")))), ChatError::server_differs)
        << "leads nowhere";
    carry_out(rotating(server, key_of("B-1"), key_of("B")));
    carry_out(rotating(server, key_of("B-2"), key_of("B-1")));
    in_every_state([&] {
        EXPECT_EQ(run(store().servers()).value().at(0).key, key_of("B"));
        EXPECT_EQ(run(store().former_keys()).value().size(), 2u);
    });
}

TEST_P(StoreSuite, WhoWasKnownUnderBothKeysIsOneServer) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const ServerId other = added(apply(meeting(key_of("B2"), "B"))).id;
    const UserId izza = meet(other, "izza");
    const UserId namesake = meet(other, "messi");
    carry_out(SetServerState{other, ServerState::connected});
    send(maya, messi, "one");
    send(maya, izza, "two");
    carry_out(rotating(server, key_of("B"), key_of("B2")));
    in_every_state([&] {
        EXPECT_EQ(run(store().servers()).value().at(0).key, key_of("B2"));
        EXPECT_EQ(find(izza).value().card.name, "izza@B");
        EXPECT_EQ(find(izza).value().server, server);
        EXPECT_EQ(find(namesake).value().server, other) << "there is one of that name";
        EXPECT_FALSE(run(store().servers()).value().at(1).key);
        EXPECT_EQ(outbox(server).size(), 2u);
        EXPECT_EQ(outbox(server).back().to, izza);
        EXPECT_EQ(progress(other).last.number, 0);
    });
}

TEST_P(StoreSuite, AForgottenServerKeepsItsLabelAndUsers) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    send(maya, messi, "hello");
    received(receiving(server));
    carry_out(ForgetServer{server});
    EXPECT_EQ(refusal_of(apply(ForgetServer{ServerId(77)})), ChatError::not_found);
    in_every_state([&] {
        const Server forgotten = run(store().servers()).value().at(0);
        EXPECT_EQ(forgotten.label, "B");
        EXPECT_FALSE(forgotten.key);
        EXPECT_EQ(forgotten.host, "");
        EXPECT_EQ(forgotten.state, ServerState::known);
        EXPECT_EQ(run(store().former_keys()).value(), (std::vector<FormerKey>{{server, key_of("B"), std::nullopt}}));
        EXPECT_EQ(outbox(server).size(), 1u) << "numbers go on";
        EXPECT_EQ(progress(server).last.number, 1);
        EXPECT_EQ(progress(server).received, (OutboxPlace{1, 1}));
        EXPECT_EQ(find(messi).value().card.name, "messi@B");
        EXPECT_EQ(refusal_of(apply(post(maya, {messi}, "again"))), ChatError::server_not_connected);
    });
    EXPECT_EQ(added(apply(AddKnownServer{"B", "b.example", 1})).id, server) << "added again";
}

TEST_P(StoreSuite, SoManyUsersOfAServerAreKnown) {
    const ServerId server = connect("B");
    const ServerId other = connect("C");
    const auto meet_with_limit = [&](const char* name, std::size_t users_max) {
        return apply(MeetUser{server, name, "", "", now, users_max, server});
    };
    create("maya");
    meet(other, "messi");
    meet(other, "izza");
    EXPECT_TRUE(meet_with_limit("one", 2).has_value());
    EXPECT_TRUE(meet_with_limit("two", 2).has_value());
    in_every_state([&] {
        EXPECT_EQ(refusal_of(meet_with_limit("three", 2)), ChatError::too_many_accounts);
        EXPECT_TRUE(meet_with_limit("ONE", 2).has_value()) << "known already";
    });
    EXPECT_TRUE(meet_with_limit("three", 3).has_value());
    EXPECT_EQ(refusal_of(meet_with_limit("four", 3)), ChatError::too_many_accounts);
    EXPECT_TRUE(meet_with_limit("four", 0).has_value()) << "any number";
}

TEST_P(StoreSuite, WhoKnowsSomebodyOfAnotherServer) {
    const ServerId server = connect("B");
    const UserId messi = meet(server, "messi");
    const std::vector<UserId> all{create("maya"), create("nania"), create("izza"), create("kaka"), create("dora")};
    const auto [maya, nania, izza, kaka] = std::array{all[0], all[1], all[2], all[3]};
    const auto know = [&] { return run(store().who_know(messi, all)).value(); };
    EXPECT_EQ(know(), std::vector<UserId>());
    send(maya, messi, "halo");
    carry_out(SetContact{.owner = nania, .other = messi});
    carry_out(SetContact{.owner = izza, .other = nania});
    PostDirect first = post(messi, {kaka}, "who are you?");
    first.stranger_messages_max = 10;
    received(receiving(server, first));
    in_every_state([&] { EXPECT_EQ(know(), (std::vector<UserId>{maya, nania})) << "kaka has not accepted him"; });
    const Group group = *changed(founding(izza, "lab", {})).group;
    carry_out(entering(messi, group));
    carry_out(AcceptStranger{kaka, messi});
    in_every_state([&] { EXPECT_EQ(know(), (std::vector<UserId>{maya, nania, izza, kaka})); });
    carry_out(quitting(messi, group));
    for (const UserId user : {maya, nania, kaka})
        carry_out(SetBlock{user, messi});
    in_every_state([&] { EXPECT_EQ(know(), std::vector<UserId>()); });
}

TEST_P(StoreSuite, AForgottenServerComesBackAsItself) {
    const ServerId server = connect("B");
    received(receiving(server));
    carry_out(ForgetServer{server});
    const Server back = added(apply(meeting(key_of("B"), "elsewhere")));
    EXPECT_EQ(back.id, server);
    EXPECT_EQ(back.label, "B");
    in_every_state([&] {
        EXPECT_TRUE(run(store().former_keys()).value().empty());
        EXPECT_EQ(progress(server).received, (OutboxPlace{1, 1})) << "what was taken is not taken twice";
    });
    // Added again, and dialled.
    carry_out(ForgetServer{server});
    carry_out(AddKnownServer{"B", "b.example", 1});
    const MeetServer dialled = meeting(key_of("B"), "B", server);
    EXPECT_EQ(added(apply(dialled)).id, server);
    in_every_state([&] { EXPECT_EQ(progress(server).received, (OutboxPlace{1, 1})); });
}

TEST_P(StoreSuite, WhoGetsThePlaceOfAForgottenServerUnderAnotherKeyBeginsAnew) {
    const ServerId server = connect("B");
    received(receiving(server));
    carry_out(ForgetServer{server});
    carry_out(AddKnownServer{"B", "b.example", 1});
    const MeetServer dialled = meeting(key_of("new"), "B", server);
    EXPECT_EQ(added(apply(dialled)).id, server);
    in_every_state([&] { EXPECT_EQ(progress(server).received, OutboxPlace{}) << "it numbers from 1 on"; });
    // And the one that was forgotten is another server.
    EXPECT_NE(added(apply(meeting(key_of("B"), "B"))).id, server);
}

TEST_P(StoreSuite, UsersOfOtherServersAreNoAccounts) {
    const UserId maya = create("maya");
    const ServerId server = connect("B");
    const UserId there = meet(server, "Maya");
    EXPECT_EQ(meet(server, "maya"), there);
    EXPECT_EQ(refusal_of(apply(MeetUser{ServerId(77), "x", "", "", now})), ChatError::not_found);
    carry_out(MeetUser{server, "maya", "Maya of B", "id", now});
    carry_out(MeetUser{server, "maya", "", "", now});
    in_every_state([&] {
        const User user = run(store().find_remote_user(server, "maya")).value().value();
        EXPECT_EQ(user.id, there);
        EXPECT_EQ(user.server, server);
        EXPECT_EQ(user.card, (UserCard{"Maya@B", "Maya of B", "id"}));
        EXPECT_FALSE(run(store().find_remote_user(ServerId(77), "maya")).value());
        EXPECT_EQ(find("maya").value().id, maya);
        EXPECT_EQ(list_users("", 10).users.size(), 1u);
        EXPECT_EQ(run(store().counts()).value().users_active, 1);
        EXPECT_EQ(refusal_of(apply(SetAccountState{there, AccountState::disabled})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetPassword{there, "hash", {}})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetRole{there, Role::admin})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetProfile{there, "x", "y"})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetQuota{there, 1})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(StartSession{there, token_digest("t"), now})), ChatError::unknown_user);
        EXPECT_EQ(refusal_of(apply(SetBlock{there, maya})), ChatError::unknown_user);
    });
    carry_out(SetBlock{maya, there});
    carry_out(SetContact{.owner = maya, .other = there});
    in_every_state([&] {
        EXPECT_EQ(refusal_of(apply(post(there, {maya}, "x"))), ChatError::blocked);
        EXPECT_EQ(contacts(maya), std::vector<UserId>{there});
    });
}

}  // namespace
}  // namespace obrol
