// Groups whose entries were signed for another name: their home had another key, or was another server.
#include <gtest/gtest.h>
#include <memory>

#include "base/crypto/sha256.h"
#include "base/crypto/signing.h"
#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

SigningSeed seed_of(std::uint8_t byte) {
    SigningSeed seed;
    seed.fill(byte);
    return seed;
}

// A group that was at home on a server that is gone, and is at home on A now; B has no copy of it yet.
class FormerNamesTest : public testing::Test {
  protected:
    explicit FormerNamesTest(Chat::Options for_b = allowing_strangers()) : servers({}, std::move(for_b)) {
        for (JoinedServer* side : {&a, &b})
            side->people.add(side == &a ? "messi" : "izza");
        servers.join();
    }
    GlobalGroup name() const { return {a.parts.key.public_key(), "lab"}; }
    // A post by somebody of the server that is gone, signed for that name.
    std::string post(Seq seq, const GlobalGroup& signed_for, const std::string& text) {
        GroupEntry entry = begun(seq, signed_for, text);
        entry.kind = EntryKind::message;
        entry.signature = gone.sign(signed_text(signed_for, entry));
        return encode(entry);
    }
    std::string note(Seq seq, const GlobalGroup& signed_for, const SigningKey& signer) {
        const GlobalMemberNote created{MemberNote::Action::create, GroupRole::owner, {}};
        GroupEntry entry = begun(seq, signed_for, encode(created));
        entry.kind = EntryKind::member;
        entry.signature = signer.sign(signed_text(signed_for, entry));
        return encode(entry);
    }
    // What B wants of a group of A that claims to have been something else.
    std::expected<std::optional<Seq>, ChatError> wanted(const GroupOrigin& origin) {
        const Peering::GroupHead head{"lab", "Lab", Seq(9), MessageId(), {origin}};
        return b.parts.run(b.peering().wanted(b.other, true, head));
    }
    std::expected<Seq, ChatError> apply(const std::string& entry) {
        std::vector<std::string> entries(1, entry);
        return b.parts.run(b.peering().apply(b.other, name(), std::move(entries)));
    }
    // The server has another key from now on, and the other one hears of it.
    void rotate(JoinedServer& side) {
        JoinedServer& other = &side == &a ? b : a;
        const PublicKey before = side.parts.key.public_key();
        std::destroy_at(&side.parts.key);
        std::construct_at(&side.parts.key, seed_of(++rotations));
        former[&side].push_back(before);
        side.peering().own_key_changed(former[&side]);
        const KeyStatement statement{before, side.parts.key.public_key(), {}};
        EXPECT_TRUE(other.parts.run(other.peering().rotated(other.other, statement)).has_value());
    }
    // B is told of so many key changes of servers that nobody names.
    void tell_of_strangers(std::uint8_t count) {
        std::vector<KeyStatement> told;
        for (; count > 0; --count) {
            const SigningKey before(seed_of(++strangers));
            told.push_back({before.public_key(), SigningKey(seed_of(++strangers)).public_key(), {}, {}});
        }
        b.parts.run(b.peering().told_keys(std::move(told)));
    }
    std::string log(JoinedServer& side, const std::string& user, const std::string& where) {
        std::string text;
        for (const auto& item : servers.get<HistoryPage>(side, user, FetchHistory{parse_place(where)}).items)
            text += (text.empty() ? "" : " ") + item.from.name + ":" + item.entry.body;
        return text;
    }
    void say(JoinedServer& side, const std::string& user, const std::string& where, const std::string& text) {
        servers.get<MessageSent>(side, user, SendToGroup{parse_place(where), text, std::nullopt, false});
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
    const SigningKey gone{seed_of(77)};
    const GlobalGroup was{gone.public_key(), "old-lab"};
    std::map<JoinedServer*, std::vector<PublicKey>> former;
    std::uint8_t rotations = 100;
    std::uint8_t strangers = 200;

  private:
    GroupEntry begun(Seq seq, const GlobalGroup& signed_for, std::string body) {
        GroupEntry entry;
        entry.seq = seq;
        entry.id.bytes[15] = static_cast<std::uint8_t>(seq.value);
        entry.from = {gone.public_key(), "G", "maya"};
        entry.display_name = "Maya";
        entry.signed_for = signed_for;
        entry.body_digest = sha256(body);
        entry.body = std::move(body);
        return entry;
    }
};

TEST_F(FormerNamesTest, WhatWasSignedForTheFormerHomeIsTakenUpToWhereItEnded) {
    const auto after = wanted({was, Seq(2)});
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(*after, Seq());
    const std::string created = note(Seq(1), was, gone);
    ASSERT_TRUE(apply(created).has_value());
    EXPECT_TRUE(apply(post(Seq(2), was, "halo")).has_value());
    EXPECT_EQ(apply(post(Seq(3), was, "later")).error(), ChatError::server_differs) << "it had another home by then";
    EXPECT_TRUE(apply(note(Seq(3), name(), a.parts.key)).has_value());

    // The bytes that were signed go on to whoever may have them.
    const auto kept = b.parts.run(b.peering().entries(b.other, name(), Seq(), 1, 10'000));
    ASSERT_TRUE(kept.has_value());
    const GroupEntry entry = parse_group_entry(kept->entries.at(0)).value();
    EXPECT_EQ(entry.signed_for, was);
    EXPECT_EQ(entry.body, parse_group_entry(created)->body);
    EXPECT_EQ(entry.signature, parse_group_entry(created)->signature);
    EXPECT_TRUE(is_signed_by(gone.public_key(), signed_text(was, entry), entry.signature));
}

TEST_F(FormerNamesTest, AForgedFormerHomeIsRefused) {
    ASSERT_TRUE(wanted({was, Seq(2)}).has_value());
    const SigningKey liar(seed_of(78));
    EXPECT_EQ(apply(note(Seq(1), {liar.public_key(), "old-lab"}, liar)).error(), ChatError::server_differs);
    EXPECT_EQ(apply(note(Seq(1), {gone.public_key(), "lab"}, gone)).error(), ChatError::server_differs);
    EXPECT_EQ(apply(note(Seq(1), was, liar)).error(), ChatError::bad_argument) << "that home has not signed it";
    EXPECT_EQ(apply(note(Seq(1), was, a.parts.key)).error(), ChatError::bad_argument) << "nor can the new one";
}

TEST_F(FormerNamesTest, WhoIsNamedByAKeyThatItHadIsOneServer) {
    ASSERT_TRUE(wanted({was, Seq(2)}).has_value());
    const PublicKey first = SigningKey(seed_of(79)).public_key();
    const PublicKey last = SigningKey(seed_of(80)).public_key();
    const KeyStatement earlier{first, gone.public_key(), {}, {}};
    const KeyStatement later{gone.public_key(), last, {}, {}};
    const std::vector<KeyStatement> told{earlier, later};
    b.parts.run(b.peering().told_keys(told));
    EXPECT_FALSE(b.peering().knows(earlier)) << "nobody is known by these keys";
    ASSERT_TRUE(apply(note(Seq(1), was, gone)).has_value());
    const std::optional<Server> server = b.peering().server_with_key(last);
    ASSERT_TRUE(server.has_value());
    EXPECT_EQ(server->label, "G");
    EXPECT_TRUE(b.peering().knows(earlier) && b.peering().knows(later));
    EXPECT_EQ(b.peering().servers().size(), 2u);
}

class FewKeysToldTest : public FormerNamesTest {
  protected:
    static Chat::Options few() {
        Chat::Options options;
        options.peers.told_keys_max = 3;
        return options;
    }
    FewKeysToldTest() : FormerNamesTest(few()) {}
    // Whether B, when the group's log names that server by its old key, knows it by the new one.
    bool remembers_the_change() {
        EXPECT_TRUE(wanted({was, Seq(2)}).has_value());
        EXPECT_TRUE(apply(note(Seq(1), was, gone)).has_value());
        return b.peering().server_with_key(now).has_value();
    }

    const PublicKey now = SigningKey(seed_of(80)).public_key();
    const std::vector<KeyStatement> change{{gone.public_key(), now, {}, {}}};
};

TEST_F(FewKeysToldTest, SoManyKeyChangesAreKept) {
    b.parts.run(b.peering().told_keys(change));
    tell_of_strangers(2);
    EXPECT_TRUE(remembers_the_change());
}

TEST_F(FewKeysToldTest, OneMoreMakesThoseToldOfBeforeForgotten) {
    b.parts.run(b.peering().told_keys(change));
    tell_of_strangers(3);
    EXPECT_FALSE(remembers_the_change());
}

TEST_F(FewKeysToldTest, WhatIsToldLastIsKept) {
    tell_of_strangers(3);
    b.parts.run(b.peering().told_keys(change));
    EXPECT_TRUE(remembers_the_change());
}

TEST_F(FormerNamesTest, AHomeThatIsThereIsNotReplaced) {
    EXPECT_EQ(wanted({{b.parts.key.public_key(), "own"}, Seq(2)}).error(), ChatError::server_differs);
    EXPECT_EQ(wanted({{a.parts.key.public_key(), "its-own"}, Seq(2)}).error(), ChatError::server_differs);
    rotate(b);
    EXPECT_EQ(wanted({{former[&b].front(), "own"}, Seq(2)}).error(), ChatError::server_differs);
    servers.set_link(LinkState::down);
    EXPECT_TRUE(wanted({{a.parts.key.public_key(), "its-own"}, Seq(2)}).has_value());
}

TEST_F(FormerNamesTest, ACopyIsTheSameWhateverKeysThereWere) {
    servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", parse_address_list("izza@B")});
    servers.carry_all();
    say(b, "izza", "#lab@A", "one");
    servers.carry_all();
    // Queued for a home that has another key when it gets it, by a server that has another key when it sends it.
    servers.set_link(LinkState::down);
    Reply queued = b.parts.run(
        b.parts.chat.execute(b.people.client("izza"),
                             Command{std::nullopt, SendToGroup{parse_place("#lab@A"), "two", std::nullopt, false}}));
    ASSERT_TRUE(std::holds_alternative<MessageSent>(queued));
    for (JoinedServer* side : {&a, &b, &a})
        rotate(*side);
    servers.set_link(LinkState::up);
    servers.carry_all();
    say(a, "messi", "#lab", "three");
    servers.carry_all();
    const std::string all = "messi@A:invite izza izza:one izza:two messi@A:three";
    EXPECT_EQ(log(b, "izza", "#lab@A"), all);

    // A server that comes later reads all of it.
    JoinedServer late("C", 3, {});
    const KeyStatement first{former[&a][0], former[&a][1], {}};
    const KeyStatement second{former[&a][1], a.parts.key.public_key(), {}};
    const auto met = late.parts.run(late.peering().met(a.parts.key.public_key(), "A", ServerId()));
    ASSERT_TRUE(met.has_value());
    const auto read = a.parts.run(a.peering().entries(a.other, name(), Seq(), 100, 100'000));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(parse_group_entry(read->entries.at(2))->signed_for.home, former[&a][0]) << "as izza's server signed it";
    const Peering::GroupHead head{"lab", "Lab", Seq(5), MessageId(), {}};
    ASSERT_TRUE(late.parts.run(late.peering().wanted(met->id, true, head)).has_value());
    const auto unproven = late.parts.run(late.peering().apply(met->id, name(), read->entries));
    ASSERT_FALSE(unproven.has_value());
    EXPECT_EQ(unproven.error(), ChatError::server_differs) << "nothing is known of that key";
    EXPECT_TRUE(late.parts.run(late.peering().rotated(met->id, second)).has_value());
    EXPECT_TRUE(late.parts.run(late.peering().rotated(met->id, first)).has_value());
    const auto proven = late.parts.run(late.peering().apply(met->id, name(), read->entries));
    ASSERT_TRUE(proven.has_value()) << to_string(proven.error());
    EXPECT_EQ(*proven, Seq(5));
}

}  // namespace
}  // namespace obrol
