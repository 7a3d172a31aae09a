// Who may bring users of one server into groups of another one.
#include <gtest/gtest.h>

#include "base/crypto/sha256.h"
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
        Sha256 hash;
        hash.update(entry.body);
        entry.body_digest = hash.finish();
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

}  // namespace
}  // namespace obrol
