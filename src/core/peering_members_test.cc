// Who may bring users of one server into groups of another one.
#include <gtest/gtest.h>

#include "base/crypto/sha256.h"
#include "core/administration.h"
#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

// A is the home of groups, B has the users whom it would like to have in them.
class PeeringMembersTest : public testing::Test {
  protected:
    explicit PeeringMembersTest(Chat::Options of_b = {}) : servers(allowing_strangers(), std::move(of_b)) {
        a.people.add("messi");
        for (const char* name : {"izza", "nania"})
            b.people.add(name);
        servers.join();
        servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", {}});
        servers.carry_all();
    }
    void invite(const std::string& who) {
        servers.ask(a, "messi", InviteToGroup{parse_place("#lab"), parse_address_list(who)});
        servers.carry_all();
    }
    std::string members() {
        std::string text;
        for (const auto& item : servers.get<MemberList>(a, "messi", ListMembers{parse_place("#lab")}).members)
            text += (text.empty() ? "" : " ") + item.user.name;
        return text;
    }
    bool is_in(const std::string& name, const std::string& group) {
        const Reply reply = servers.ask(b, name, ListMembers{parse_place(group)});
        return std::holds_alternative<MemberList>(reply);
    }
    // What the home could sign, whoever agreed to it.
    std::string note_of(const GlobalGroup& group, Seq seq, const GlobalUser& from, const GlobalMemberNote& note) {
        GroupEntry entry;
        entry.seq = seq;
        entry.id.bytes[0] = static_cast<std::uint8_t>(seq.value);
        entry.from = from;
        entry.kind = EntryKind::member;
        entry.at = a.parts.executor.clock().wall_now();
        entry.body = encode(note);
        entry.body_digest = sha256(entry.body);
        entry.signed_for = group;
        entry.signature = a.parts.key.sign(signed_text(group, entry));
        return encode(entry);
    }
    std::expected<Seq, ChatError> tell_b(const GlobalGroup& group, const std::string& entry) {
        std::vector<std::string> entries(1, entry);
        return b.parts.run(b.peering().apply(b.other, group, std::move(entries)));
    }
    GlobalUser of_a(const std::string& name) { return {a.parts.key.public_key(), "A", name}; }
    GlobalUser of_b(const std::string& name) { return {b.parts.key.public_key(), "B", name}; }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

class PeeringMembersOfAllTest : public PeeringMembersTest {
  protected:
    PeeringMembersOfAllTest() : PeeringMembersTest(allowing_strangers()) {}
};

TEST_F(PeeringMembersTest, AStrangerInvitesNobodyBeforeHeIsKnown) {
    invite("izza@B");
    EXPECT_EQ(members(), "messi");
    EXPECT_FALSE(is_in("izza", "#lab@A"));
    // She writes to him, so she knows him.
    servers.get<MessageSent>(b, "izza", SendMessage{parse_address_list("messi@A"), "halo", std::nullopt});
    servers.carry_all();
    invite("izza@B,nania@B");
    EXPECT_EQ(members(), "messi izza@B");
    EXPECT_TRUE(is_in("izza", "#lab@A"));
}

TEST_F(PeeringMembersTest, WhoseRequestWaitsInvitesNobodyEither) {
    servers.get<MessageSent>(a, "messi", SendMessage{parse_address_list("izza@B"), "halo", std::nullopt});
    servers.carry_all();
    invite("izza@B");
    EXPECT_EQ(members(), "messi");
    servers.get<Acknowledged>(b, "izza", AcceptRequest{parse_address("messi@A")});
    invite("izza@B");
    EXPECT_EQ(members(), "messi izza@B");
}

TEST_F(PeeringMembersTest, AContactIsNoStranger) {
    servers.get<ContactsChanged>(b, "izza", AddContacts{parse_address_list("messi@A")});
    servers.carry_all();
    invite("izza@B");
    EXPECT_EQ(members(), "messi izza@B");
}

TEST_F(PeeringMembersOfAllTest, NobodyIsInAGroupWithoutHavingAgreed) {
    invite("izza@B");
    ASSERT_TRUE(is_in("izza", "#lab@A"));
    const GlobalGroup lab{a.parts.key.public_key(), "lab"};
    for (std::int64_t seq = 3; seq < 33; ++seq) {
        const GlobalMemberNote note{MemberNote::Action::invite, GroupRole::member, {of_b("nania")}};
        const auto told = tell_b(lab, note_of(lab, Seq(seq), of_a("messi"), note));
        ASSERT_TRUE(told.has_value()) << to_string(told.error());
    }
    EXPECT_FALSE(is_in("nania", "#lab@A"));
    EXPECT_TRUE(is_in("izza", "#lab@A"));
    EXPECT_EQ(b.parts.logger.count(LogLevel::warning,
                                   "groups: A says that nania is in its group #lab, who has not asked for that"),
              1u)
        << "logged once";
}

TEST_F(PeeringMembersOfAllTest, NobodyHasMadeAGroupElsewhere) {
    const GlobalGroup trap{a.parts.key.public_key(), "trap"};
    const auto wanted = b.parts.run(b.peering().wanted(b.other, true, {"trap", "Trap", Seq(1), {}, {}}));
    ASSERT_TRUE(wanted.has_value());
    const GlobalMemberNote note{MemberNote::Action::create, GroupRole::member, {}};
    const auto told = tell_b(trap, note_of(trap, Seq(1), of_b("nania"), note));
    ASSERT_FALSE(told.has_value());
    EXPECT_EQ(told.error(), ChatError::not_allowed);
    EXPECT_FALSE(is_in("nania", "#trap@A"));
}

TEST_F(PeeringMembersOfAllTest, WhoIsNoMemberMakesNobodyKnown) {
    GroupRequest request;
    request.id.bytes[15] = 7;
    request.group = "lab";
    request.from = Author{"izza", "izza", ""};
    request.at = a.parts.executor.clock().wall_now();
    request.action = GroupRequest::Action::invite;
    PublicKey invented{};
    invented[0] = 9;
    request.who.push_back({invented, "Z", "nobody"});
    const OutboxPlace place{1, b.handed_out.number + 1};
    const auto taken = a.take(place, encode(PeerItem(request)));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(*taken, ChatError::not_a_member);
    EXPECT_EQ(a.peering().servers().size(), 1u) << "B alone";
}

class PeeringNamesTest : public PeeringMembersTest {
  protected:
    static Chat::Options few() {
        Chat::Options options = allowing_strangers();
        options.peers.servers_max = 2;
        options.peers.named_servers_max = 2;
        options.peers.users_max = 2;
        options.peers.text_bytes_max = 4;
        return options;
    }
    PeeringNamesTest() : PeeringMembersTest(few()) { invite("izza@B"); }
    static PublicKey key(std::uint8_t byte) {
        PublicKey made{};
        made.fill(byte);
        return made;
    }
    // A says at that place of its log that such a user is a member.
    std::optional<ChatError> say(std::int64_t seq, GlobalUser user) {
        const GlobalGroup lab{a.parts.key.public_key(), "lab"};
        const GlobalMemberNote note{MemberNote::Action::invite, GroupRole::member, {std::move(user)}};
        const auto told = tell_b(lab, note_of(lab, Seq(seq), of_a("messi"), note));
        return told ? std::nullopt : std::optional(told.error());
    }
    std::size_t known_servers() { return b.peering().servers().size(); }
};

TEST_F(PeeringNamesTest, InventedServersTakeUpTheRoomOfWhoNamesThem) {
    EXPECT_EQ(say(3, {key(21), "X", "one"}), std::nullopt);
    EXPECT_EQ(say(4, {key(22), "Y", "one"}), std::nullopt);
    EXPECT_EQ(say(5, {key(23), "Z", "one"}), ChatError::too_many_servers);
    EXPECT_EQ(say(5, {key(22), "Y", "two"}), std::nullopt) << "of a server that is known";
    EXPECT_EQ(known_servers(), 3u);
    // Others are met nevertheless, one of the named among them; and then it is one of those.
    const auto met = b.parts.run(b.peering().met(key(22), "Y", ServerId()));
    ASSERT_TRUE(met.has_value()) << to_string(met.error());
    EXPECT_EQ(say(6, {key(23), "Z", "one"}), std::nullopt);
    const auto more = b.parts.run(b.peering().met(key(24), "W", ServerId()));
    ASSERT_FALSE(more.has_value());
    EXPECT_EQ(more.error(), ChatError::too_many_servers) << "A and Y were met";
}

TEST_F(PeeringNamesTest, AnInventedServerKeepsNobodyFromHisLabel) {
    EXPECT_EQ(say(3, {key(21), "X", "one"}), std::nullopt);
    const auto met = b.parts.run(b.peering().met(key(22), "X", ServerId()));
    ASSERT_TRUE(met.has_value()) << to_string(met.error());
    EXPECT_EQ(met->label, "X");
    std::string members;
    for (const auto& item : servers.get<MemberList>(b, "izza", ListMembers{parse_place("#lab@A")}).members)
        members += item.user.name + ' ';
    EXPECT_EQ(members, "messi@A izza one@X~1515 ");
}

TEST_F(PeeringNamesTest, TheOperatorSeesByWhoseWordAServerIsKnown) {
    EXPECT_EQ(say(3, {key(21), "X", "one"}), std::nullopt);
    const auto named_by = [&] {
        const auto list = b.parts.run(b.parts.chat.administration().list_servers());
        const auto shown = b.parts.run(b.parts.chat.administration().show_server("X"));
        EXPECT_TRUE(list && shown);
        if (!list || !shown) return std::string("?");
        EXPECT_EQ(list->back().named_by, shown->summary.named_by);
        return list->front().named_by + '|' + list->back().named_by;
    };
    EXPECT_EQ(named_by(), "|A");
    ASSERT_TRUE(b.parts.run(b.peering().met(key(21), "X", ServerId())).has_value());
    EXPECT_EQ(named_by(), "|");
}

TEST_F(PeeringNamesTest, InventedUsersTakeNoRoomFromTheirServer) {
    for (std::int64_t seq = 3; seq <= 9; ++seq)
        EXPECT_EQ(say(seq, {key(21), "X", "invented" + std::to_string(seq)}), std::nullopt) << seq;
    const auto met = b.parts.run(b.peering().met(key(21), "X", ServerId()));
    ASSERT_TRUE(met.has_value());
    DirectPost post;
    post.from = Author{"four", "Four", ""};
    post.to = "izza";
    post.body = "halo";
    const std::string item = encode(PeerItem(post));
    const Peering::Taken taken = b.parts.run(b.peering().receive(met->id, {1, 1}, 1, std::span(&item, 1)));
    EXPECT_EQ(taken.count, 1u);
    EXPECT_TRUE(taken.refused.empty()) << "X speaks for its own users";
}

TEST_F(PeeringNamesTest, WhomThisServerDoesNotHaveIsPassedOver) {
    EXPECT_EQ(say(3, of_b("tidakada")), std::nullopt) << "the home may have put out whom nobody ever was";
    EXPECT_EQ(say(4, of_a("maya")), std::nullopt) << "the log goes on";
}

TEST_F(PeeringNamesTest, LabelsOfOtherServersMayBeThoseThatTheyHaveThere) {
    EXPECT_EQ(say(3, {key(21), "X~1a2b", "one"}), std::nullopt);
    EXPECT_EQ(b.peering().server_with_key(key(21))->label, "X");
    EXPECT_EQ(say(4, {key(22), "b", "one"}), std::nullopt) << "nobody is called as this server";
    EXPECT_EQ(b.peering().server_with_key(key(22))->label, "b~");
}

TEST_F(PeeringNamesTest, ANoteMeansWhomItMeant) {
    // B's admin puts out somebody of a server that A has not met; then another one comes with that label.
    servers.get<MemberChanged>(a, "messi",
                               SetGroupRole{parse_place("#lab"), parse_address("izza@B"), GroupRole::admin});
    servers.carry_all();
    GroupRequest ban;
    ban.id.bytes[15] = 9;
    ban.group = "lab";
    ban.from = Author{"izza", "izza", ""};
    ban.at = a.parts.executor.clock().wall_now();
    ban.action = GroupRequest::Action::ban;
    ban.who.push_back({key(21), "X", "one"});
    const auto taken = a.take({1, b.handed_out.number + 1}, encode(PeerItem(ban)));
    ASSERT_TRUE(taken.has_value());
    ASSERT_EQ(*taken, std::nullopt);
    ASSERT_TRUE(a.parts.run(a.peering().met(key(22), "X", ServerId())).has_value());
    EXPECT_EQ(servers.carry_groups(a), 1u);
    EXPECT_TRUE(b.peering().server_with_key(key(21)).has_value());
    EXPECT_FALSE(b.peering().server_with_key(key(22)).has_value());
}

class SlowLogTest : public PeeringMembersTest {
  protected:
    static Chat::Options slow() {
        Chat::Options options = allowing_strangers();
        options.peers.items_per_server = RateLimit{4, 60};
        return options;
    }
    explicit SlowLogTest(Chat::Options for_b = slow()) : PeeringMembersTest(std::move(for_b)) { invite("izza@B"); }
};

class HeavyLogTest : public SlowLogTest {
  protected:
    static Chat::Options heavy() {
        Chat::Options options = allowing_strangers();
        options.peers.kib_per_server = RateLimit{8, 60};
        return options;
    }
    HeavyLogTest() : SlowLogTest(heavy()) {}
};

TEST_F(HeavyLogTest, EntriesOfOtherServersHaveTheirPaceInBytesToo) {
    const MonotonicTime begin = b.parts.executor.clock().monotonic_now();
    for (int i = 0; i < 8; ++i) {
        const std::string text(2048, 'a');
        servers.get<MessageSent>(a, "messi", SendToGroup{parse_place("#lab"), text, std::nullopt, false});
    }
    servers.carry_all();
    EXPECT_GE(b.parts.executor.clock().monotonic_now() - begin, std::chrono::seconds(6)) << "60 KiB a minute";
}

TEST_F(SlowLogTest, EntriesOfOtherServersHaveTheirPace) {
    const MonotonicTime begin = b.parts.executor.clock().monotonic_now();
    for (int i = 0; i < 8; ++i)
        servers.get<MessageSent>(a, "messi", SendToGroup{parse_place("#lab"), "halo", std::nullopt, false});
    servers.carry_all();
    EXPECT_GE(b.parts.executor.clock().monotonic_now() - begin, std::chrono::seconds(4)) << "60 a minute beyond four";
}

TEST_F(PeeringNamesTest, ACopyTakesWhatItsHomeAllows) {
    servers.get<MessageSent>(a, "messi", SendToGroup{parse_place("#lab"), "lebih panjang", std::nullopt, false});
    servers.carry_all();
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: lebih panjang");
    // Not as a direct post, which this server decides about.
    const Reply direct = servers.ask(a, "messi", SendMessage{parse_address_list("izza@B"), "panjang", std::nullopt});
    EXPECT_EQ(std::get<Refused>(direct).why, ChatError::line_too_long);
}

}  // namespace
}  // namespace obrol
