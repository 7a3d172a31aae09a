// Which servers there are: requests about them, and links that introduce them.
#include <gtest/gtest.h>

#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

class ServerTest : public testing::Test {
  protected:
    explicit ServerTest(Chat::Options options = permissive()) : servers(std::move(options), {}) {
        a.people.add("messi");
        const auto added = a.parts.run(a.parts.chat.add_user(UserCard{"root", "root", ""}, "secret", Role::admin));
        EXPECT_TRUE(added.has_value());
        admin = a.parts.chat.connect("127.0.0.1");
        a.parts.log_in(*admin, "root");
    }
    static Chat::Options permissive() {
        Chat::Options options;
        options.peers.manage = PeerOptions::Manage::any;
        return options;
    }
    static PublicKey key(std::uint8_t n) {
        PublicKey key{};
        key[0] = n;
        return key;
    }
    std::expected<Server, ChatError> meet(PublicKey key, const std::string& label, ServerId dialled = {}) {
        return a.parts.run(a.peering().met(key, label, dialled));
    }
    ChatError meet_fails(PublicKey key, const std::string& label, ServerId dialled = {}) {
        const auto met = meet(key, label, dialled);
        EXPECT_FALSE(met.has_value()) << label;
        return met ? ChatError::unknown_command : met.error();
    }
    void add(const std::string& label, const std::string& host = "127.0.0.1", std::uint16_t port = 8889) {
        a.people.get<Acknowledged>("messi", AddServer{label, host, port});
    }
    Server connect(const std::string& label) {
        a.people.get<ServerConnected>("messi", ConnectServer{label});
        return a.links.connected.back();
    }
    // "B 127.0.0.1:8889 idle".
    std::string list() {
        std::string text;
        for (const auto& each : a.people.get<ServerList>("messi", ListServers{}).servers)
            text += fmt::format("{}{} {}:{} {}", text.empty() ? "" : ", ", each.label, each.host, each.port,
                                to_string(each.state));
        return text;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    std::unique_ptr<Client> admin;
};

TEST_F(ServerTest, AreAddedAndConnected) {
    EXPECT_EQ(list(), "");
    add("B");
    EXPECT_EQ(list(), "B 127.0.0.1:8889 idle");
    EXPECT_EQ(a.people.why("messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt}),
              ChatError::server_not_connected);
    const auto connected = a.people.get<ServerConnected>("messi", ConnectServer{"b"});
    EXPECT_EQ(connected.label, "B");
    EXPECT_FALSE(connected.already);
    EXPECT_EQ(a.links.connected.at(0).state, ServerState::connected);
    EXPECT_EQ(list(), "B 127.0.0.1:8889 up");
    EXPECT_TRUE(a.people.get<ServerConnected>("messi", ConnectServer{"B"}).already);
    a.people.get<Acknowledged>("messi", DisconnectServer{"B"});
    EXPECT_EQ(list(), "B 127.0.0.1:8889 disconnected");
    EXPECT_EQ(a.links.disconnected.size(), 1u);
    EXPECT_EQ(a.people.why("messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt}),
              ChatError::server_not_connected);
}

TEST_F(ServerTest, BadOnesAreNotAdded) {
    add("B");
    EXPECT_EQ(a.people.why("messi", AddServer{"b", "127.0.0.1", 1}), ChatError::server_taken);
    EXPECT_EQ(a.people.why("messi", AddServer{"a", "127.0.0.1", 1}), ChatError::own_server);
    for (const char* label : {"", "a b", "a@b", "-a"})
        EXPECT_EQ(a.people.why("messi", AddServer{label, "127.0.0.1", 1}), ChatError::bad_server) << label;
    EXPECT_EQ(a.people.why("messi", AddServer{std::string(64, 'x'), "127.0.0.1", 1}), ChatError::bad_server);
    add(std::string(63, 'x'));
    EXPECT_EQ(a.people.why("messi", AddServer{"C", "127.0.0.1", 0}), ChatError::bad_server);
    for (const char* host : {"", "a b", "1.2.3", "169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "224.0.0.1",
                             "::ffff:169.254.169.254", "0x7f000001"})
        EXPECT_EQ(a.people.why("messi", AddServer{"C", host, 1}), ChatError::bad_server) << host;
    add("C", "192.168.1.1", 65'535);
    add("D", "chat.example.org", 1);
    add("E", "2001:db8::1", 1);
}

TEST_F(ServerTest, UnknownOnesAreNotConnected) {
    EXPECT_EQ(a.people.why("messi", ConnectServer{"B"}), ChatError::unknown_server);
    EXPECT_EQ(a.people.why("messi", ConnectServer{"A"}), ChatError::own_server);
    EXPECT_EQ(a.people.why("messi", DisconnectServer{"B"}), ChatError::unknown_server);
    add("B");
    EXPECT_EQ(a.people.why("messi", DisconnectServer{"B"}), ChatError::server_not_connected);
}

TEST_F(ServerTest, WhoWasNeverReachedStaysUnconnected) {
    add("B");
    a.links.connect_fails = Refused{ChatError::server_unreachable, "connect", false};
    const Refused refused = a.people.refusal("messi", ConnectServer{"B"});
    EXPECT_EQ(refused.why, ChatError::server_unreachable);
    EXPECT_EQ(refused.subject, "connect");
    EXPECT_EQ(list(), "B 127.0.0.1:8889 idle");
    EXPECT_EQ(a.people.why("messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt}),
              ChatError::server_not_connected);
    // Who was, is waited for.
    a.links.connect_fails.reset();
    const Server server = connect("B");
    ASSERT_TRUE(meet(key(2), "B", server.id).has_value());
    a.people.get<Acknowledged>("messi", DisconnectServer{"B"});
    a.links.states[server.id] = LinkState::down;
    a.links.connect_fails = Refused{ChatError::server_unreachable, "connect", false};
    EXPECT_EQ(a.people.why("messi", ConnectServer{"B"}), ChatError::server_unreachable);
    EXPECT_EQ(list(), "B 127.0.0.1:8889 down");
    a.people.get<Acknowledged>("messi", DisconnectServer{"B"});
    a.links.connect_fails = Refused{ChatError::server_differs, "key", false};
    EXPECT_EQ(a.people.why("messi", ConnectServer{"B"}), ChatError::server_differs);
    EXPECT_EQ(list(), "B 127.0.0.1:8889 disconnected");
}

TEST_F(ServerTest, TheirKeysArePinnedWhenTheyAreMet) {
    add("B");
    const ServerId id = connect("B").id;
    EXPECT_EQ(meet_fails(key(2), "C", id), ChatError::server_differs) << "another id answers";
    const auto met = meet(key(2), "b", id);
    ASSERT_TRUE(met.has_value());
    EXPECT_EQ(met->label, "B");
    EXPECT_EQ(met->key, key(2));
    EXPECT_EQ(meet_fails(key(3), "B", id), ChatError::server_differs) << "another key answers";
    EXPECT_EQ(meet_fails(key(3), "B"), ChatError::server_taken) << "another key claims the label";
    EXPECT_TRUE(meet(key(2), "B").has_value()) << "and the same one dials";
    EXPECT_EQ(a.peering().server_with_key(key(2))->id, id);
    EXPECT_EQ(a.peering().server_with_key(key(3)), std::nullopt);
    EXPECT_EQ(a.parts.logger.count(LogLevel::warning, "is refused: server-differs"), 1u) << "at once";
    a.parts.executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(a.parts.logger.count(LogLevel::warning, "is refused: server-taken (the last of 2 like it)"), 1u)
        << "and how often it happened since";
    // It goes on under another key.
    EXPECT_TRUE(a.parts.run(a.peering().rotated(id, {key(2), key(4), {}})).has_value());
    EXPECT_TRUE(a.parts.run(a.peering().rotated(id, {key(2), key(4), {}})).has_value()) << "known already";
    EXPECT_EQ(a.parts.run(a.peering().rotated(id, {key(2), key(5), {}})).error(), ChatError::server_differs);
    EXPECT_EQ(a.peering().server_with_key(key(4))->id, id);
    EXPECT_EQ(meet_fails(key(2), "B"), ChatError::server_taken);
    EXPECT_EQ(meet_fails(key(2), "C"), ChatError::server_differs) << "that key was replaced";
}

TEST_F(ServerTest, AnAddressThatAServerTellsIsKeptIfItIsAllowed) {
    const auto met = meet(key(2), "B");
    ASSERT_TRUE(met.has_value());
    EXPECT_EQ(a.parts.run(a.peering().reachable_at(met->id, "169.254.169.254", 80)).error(), ChatError::bad_server);
    EXPECT_EQ(a.peering().server(met->id)->host, "");
    EXPECT_TRUE(a.parts.run(a.peering().reachable_at(met->id, "b.example", 8889)).has_value());
    EXPECT_EQ(a.peering().server(met->id)->host, "b.example");
    EXPECT_EQ(a.peering().server(met->id)->port, 8889);
    EXPECT_TRUE(a.peering().server(met->id)->is_address_told);
    // Whoever adds it knows better, and then it cannot change that.
    a.people.get<Acknowledged>("messi", AddServer{"B", "b.example", 1});
    EXPECT_EQ(a.parts.run(a.peering().reachable_at(met->id, "b.example", 8889)).error(), ChatError::server_taken);
    EXPECT_EQ(a.people.why("messi", AddServer{"B", "b.example", 8889}), ChatError::server_taken);
    EXPECT_EQ(a.peering().server(met->id)->port, 1);
}

TEST_F(ServerTest, WhoDialsIsMet) {
    const auto met = meet(key(2), "B");
    ASSERT_TRUE(met.has_value());
    EXPECT_EQ(met->state, ServerState::connected);
    EXPECT_EQ(meet_fails(key(3), "A"), ChatError::server_taken) << "this server's label";
    EXPECT_EQ(meet_fails(a.parts.key.public_key(), "C"), ChatError::own_server);
    EXPECT_EQ(meet_fails(key(3), "a b"), ChatError::bad_server);
    a.people.get<Acknowledged>("messi", DisconnectServer{"B"});
    EXPECT_EQ(meet_fails(key(2), "B"), ChatError::server_not_connected);
}

TEST_F(ServerTest, WhoDialledBeforeHeWasAddedIsOneServer) {
    add("B");
    const auto dialled_us = meet(key(2), "B");
    ASSERT_TRUE(dialled_us.has_value());
    EXPECT_NE(dialled_us->label, "B") << "nobody has found that address yet";
    a.people.get<ContactsChanged>("messi", AddContacts{parse_address_list("izza@" + dialled_us->label)});
    const ServerId id = connect("B").id;
    const auto met = meet(key(2), "B", id);
    ASSERT_TRUE(met.has_value());
    EXPECT_EQ(met->label, "B");
    EXPECT_EQ(met->key, key(2));
    EXPECT_EQ(a.peering().servers().size(), 1u);
    EXPECT_EQ(a.people.get<ContactList>("messi", ListContacts{}).contacts.at(0).user.name, "izza@B");
}

TEST_F(ServerTest, BlockedOnesAreNotHeard) {
    const auto met = meet(key(2), "B");
    ASSERT_TRUE(met.has_value());
    a.people.get<ContactsChanged>("messi", AddContacts{parse_address_list("izza@B")});
    struct Script {
        static Task<bool> block(GroupCommit& commits, ServerId server) {
            const SetServerState set{server, ServerState::blocked};
            const ChangeResult result = co_await commits.submit(set);
            co_return result.has_value();
        }
    };
    EXPECT_TRUE(a.parts.run(Script::block(a.parts.commits, met->id)));
    ASSERT_TRUE(a.parts.run(a.parts.chat.prepare()).has_value());
    EXPECT_EQ(meet_fails(key(2), "B"), ChatError::server_blocked);
    EXPECT_EQ(a.people.why("messi", ConnectServer{"B"}), ChatError::server_blocked);
    EXPECT_EQ(a.people.why("messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt}),
              ChatError::server_blocked);
    a.other = met->id;
    EXPECT_EQ(a.take({1, 1}, "x").error(), ChatError::server_blocked);
    EXPECT_EQ(list(), "B :0 blocked");
}

TEST_F(ServerTest, LinksAreTold) {
    const auto met = meet(key(2), "B");
    a.links.states[met->id] = LinkState::up;
    a.peering().link_changed(met->id, LinkState::up);
    a.peering().link_changed(met->id, LinkState::down);
    a.parts.executor.run_until_idle();
    const auto events = a.people.audience("messi").of_kind<ServerEvent>();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].label, "B");
    EXPECT_EQ(events[0].state, LinkState::up);
    EXPECT_EQ(events[1].state, LinkState::down);
}

TEST_F(ServerTest, ATheftOfALabelIsToldToThoseWhoMayAddServers) {
    const auto met = meet(key(2), "B");
    a.links.states[met->id] = LinkState::up;
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(meet_fails(key(3), "b"), ChatError::server_taken);
    a.parts.executor.run_until_idle();
    const auto events = a.people.audience("messi").of_kind<ServerEvent>();
    ASSERT_EQ(events.size(), 1u) << "as often as it is logged";
    EXPECT_EQ(events[0].label, "B");
    EXPECT_EQ(events[0].state, LinkState::up);
    EXPECT_EQ(events[0].refused, ChatError::server_taken);
    EXPECT_EQ(meet_fails(key(3), "a b"), ChatError::bad_server);
    a.parts.executor.run_for(std::chrono::seconds(11));
    EXPECT_EQ(a.people.audience("messi").of_kind<ServerEvent>().size(), 1u) << "that is nobody's label";
}

class AdminsOnlyTest : public ServerTest {
  protected:
    static Chat::Options strict() {
        Chat::Options options;
        options.peers.servers_max = 1;
        options.peers.private_addresses = false;
        options.peers.accept = PeerOptions::Accept::listed;
        return options;
    }
    AdminsOnlyTest() : ServerTest(strict()) {}
};

TEST_F(AdminsOnlyTest, OthersAreRefused) {
    EXPECT_EQ(a.people.why("messi", AddServer{"B", "8.8.8.8", 1}), ChatError::admins_only);
    EXPECT_EQ(a.people.why("messi", ConnectServer{"B"}), ChatError::admins_only);
    EXPECT_EQ(a.people.why("messi", DisconnectServer{"B"}), ChatError::admins_only);
    EXPECT_EQ(list(), "");
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(a.parts.ask(*admin, AddServer{"B", "8.8.8.8", 1})));
    EXPECT_EQ(std::get<Refused>(a.parts.ask(*admin, AddServer{"C", "8.8.8.9", 1})).why, ChatError::too_many_servers);
    // Nobody but admins hears of links.
    const auto client = a.parts.chat.connect("127.0.0.1");
    EXPECT_EQ(std::get<Refused>(a.parts.ask(*client, AddServer{"C", "8.8.8.8", 1})).why, ChatError::not_authorized);
    RecordingAudience audience;
    admin->listen(&audience, 1);
    a.peering().link_changed(a.peering().servers().at(0).id, LinkState::up);
    a.parts.executor.run_until_idle();
    EXPECT_EQ(audience.of_kind<ServerEvent>().size(), 1u);
    EXPECT_TRUE(a.people.audience("messi").of_kind<ServerEvent>().empty());
    admin->listen(nullptr, 0);
}

class ManagedServerTest : public ServerTest {
  protected:
    ManagedServerTest() : ServerTest(Chat::Options()) {}
};

TEST_F(ManagedServerTest, WhereAServerComesFromIsShownToThoseWhoManage) {
    const auto met = meet(key(2), "B");
    ASSERT_TRUE(a.parts.run(a.peering().reachable_at(met->id, "b.example", 8889)).has_value());
    const auto for_admin = std::get<ServerList>(a.parts.ask(*admin, ListServers{}));
    EXPECT_EQ(for_admin.servers.at(0).host, "b.example");
    EXPECT_EQ(for_admin.servers.at(0).port, 8889);
    const auto for_others = a.people.get<ServerList>("messi", ListServers{});
    EXPECT_EQ(for_others.servers.at(0).label, "B");
    EXPECT_EQ(for_others.servers.at(0).host, "");
    EXPECT_EQ(for_others.servers.at(0).port, 0);
    // Where an admin has said it is, everybody may know.
    EXPECT_TRUE(std::holds_alternative<Acknowledged>(a.parts.ask(*admin, AddServer{"B", "b.example", 8889})));
    EXPECT_EQ(a.people.get<ServerList>("messi", ListServers{}).servers.at(0).host, "b.example");
}

TEST_F(AdminsOnlyTest, PrivateAddressesAreASetting) {
    for (const char* host : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "::1"})
        EXPECT_EQ(std::get<Refused>(a.parts.ask(*admin, AddServer{"B", host, 1})).why, ChatError::bad_server) << host;
}

TEST_F(AdminsOnlyTest, WhoIsNotListedIsNotTaken) {
    EXPECT_EQ(meet_fails(key(2), "B"), ChatError::server_unreachable);
}

class FewServersTest : public ServerTest {
  protected:
    static Chat::Options few() {
        Chat::Options options = permissive();
        options.peers.servers_max = 2;
        return options;
    }
    FewServersTest() : ServerTest(few()) {}
};

TEST_F(FewServersTest, WhoeverDialsIsCounted) {
    EXPECT_TRUE(meet(key(2), "B").has_value());
    EXPECT_TRUE(meet(key(3), "C").has_value());
    EXPECT_EQ(meet_fails(key(4), "D"), ChatError::too_many_servers);
    EXPECT_TRUE(meet(key(3), "C").has_value());
}

}  // namespace
}  // namespace obrol
