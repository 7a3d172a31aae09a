// Labels of servers that go from one to another, and servers that become known at the same moment.
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto/sha256.h"
#include "core/administration.h"
#include "tests/support/joined_servers.h"
#include "tests/support/run_task.h"

namespace obrol {
namespace {

constexpr int turns_max = 40;  // of the executor: more than any of these requests takes

Administration::Answer<Administration::ServerSummary> add_server(JoinedServer& side, const std::string& label) {
    return side.parts.run(side.parts.chat.administration().add_server(label, "127.0.0.1", 9));
}
// Whom nobody here has met invites somebody here, as the server `by` says.
std::string invitation_by(GlobalUser stranger, const std::string& to, WallTime at) {
    GroupInvitation invitation;
    invitation.id = MessageId{{1, 9, 0, 7}};
    invitation.group = GroupCard{"party", "Party"};
    invitation.by = std::move(stranger);
    invitation.to = to;
    invitation.at = at;
    return encode(PeerItem(std::move(invitation)));
}

// A has added "B", and nobody has found that address yet, when a server of that label dials it.
class MovedLabelTest : public testing::Test {
  protected:
    MovedLabelTest() : servers(allowing_strangers(), allowing_strangers()) {
        for (const char* name : {"messi", "maya"})
            a.people.add(name);
        b.people.add("izza");
    }
    void meet(ServerId dialled = {}) {
        const auto met = a.parts.run(a.peering().met(b.parts.key.public_key(), "B", dialled));
        ASSERT_TRUE(met.has_value()) << to_string(met.error());
        a.other = met->id;
        label = met->label;
    }
    void join() {
        meet();
        const auto met = b.parts.run(b.peering().met(a.parts.key.public_key(), "A", ServerId()));
        ASSERT_TRUE(met.has_value()) << to_string(met.error());
        b.other = met->id;
        servers.set_link(LinkState::up);
    }
    GroupEntry entry_of(const SigningKey& home, Seq seq, EntryKind kind, const std::string& body) {
        GroupEntry entry;
        entry.seq = seq;
        entry.id.bytes[0] = home.public_key()[0];
        entry.id.bytes[15] = static_cast<std::uint8_t>(seq.value);
        entry.from = GlobalUser{home.public_key(), "B", "izza"};
        entry.kind = kind;
        entry.at = a.parts.executor.clock().wall_now();
        entry.body = body;
        entry.body_digest = sha256(body);
        entry.signed_for = GlobalGroup{home.public_key(), "lab"};
        entry.signature = home.sign(signed_text(entry.signed_for, entry));
        return entry;
    }
    std::expected<Seq, ChatError> apply(const SigningKey& home, const std::vector<GroupEntry>& entries) {
        std::vector<std::string> bytes;
        for (const GroupEntry& entry : entries)
            bytes.push_back(encode(entry));
        return a.parts.run(a.peering().apply(a.other, GlobalGroup{home.public_key(), "lab"}, std::move(bytes)));
    }
    std::expected<std::optional<Seq>, ChatError> wanted(const std::string& group) {
        return a.parts.run(a.peering().wanted(a.other, true, {group, "Lab", Seq(9), {}, {}}));
    }
    // The texts in the copy here.
    std::string log(const std::string& group) {
        std::string text;
        const auto read = a.parts.run(a.parts.chat.administration().read_group(group, Seq(), 100));
        EXPECT_TRUE(read.has_value());
        for (const auto& item : read->items)
            text += (text.empty() ? "" : " ") + item.entry.body;
        return text;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
    std::string label;  // of b on A
};

TEST_F(MovedLabelTest, AGroupHasItsHomesLabel_AndNoOtherGroupTheOldOne) {
    const auto added = add_server(a, "B");
    ASSERT_TRUE(added.has_value());
    join();
    servers.get<GroupCreated>(b, "izza", CreateGroup{"lab", "Lab", parse_address_list("messi@A")});
    servers.carry_all();
    const std::string before = label;
    ASSERT_NE(before, "B");
    ASSERT_EQ(a.people.history("messi", "#lab@" + before), "2:invite messi");

    meet(added->server.id);
    ASSERT_EQ(label, "B");
    EXPECT_EQ(a.people.history("messi", "#lab@B"), "2:invite messi");
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("#lab@" + before)}), ChatError::unknown_server);
    servers.get<MessageSent>(b, "izza", SendToGroup{parse_place("#lab"), "halo", std::nullopt});
    servers.carry_all();
    servers.get<MessageSent>(a, "messi", SendToGroup{parse_place("#lab@B"), "hai", std::nullopt});
    servers.carry_all();
    EXPECT_EQ(a.people.history("messi", "#lab@B"), "2:invite messi 3:halo 4:hai");
    EXPECT_EQ(a.people.get<HistoryPage>("messi", FetchHistory{parse_place("#lab@B")}).group->id, "lab@B");
    EXPECT_EQ(a.people.audience("messi").of_kind<MessageEvent>().back().group->id, "lab@B");

    // Somebody else is called so now; his groups are not those of B.
    PublicKey namesake = b.parts.key.public_key();
    namesake.back() ^= 1;
    const std::string item = invitation_by({namesake, "B", "one"}, "maya", a.parts.executor.clock().wall_now());
    const auto taken = a.take({1, b.handed_out.number + 1}, item);
    ASSERT_TRUE(taken.has_value() && !*taken);
    ASSERT_EQ(a.peering().server_with_key(namesake)->label, before);
    EXPECT_EQ(a.people.why("messi", FetchHistory{parse_place("#lab@" + before)}), ChatError::unknown_group);
}

TEST_F(MovedLabelTest, WhoGetsALabelDoesNotGoOnWithTheGroupsOfWhoHadIt) {
    const SigningKey gone([] {
        SigningSeed seed;
        seed.fill(77);
        return seed;
    }());
    const auto met = a.parts.run(a.peering().met(gone.public_key(), "B", ServerId()));
    ASSERT_TRUE(met.has_value());
    a.other = met->id;
    ASSERT_TRUE(wanted("lab").has_value());
    const std::string created = encode(GlobalMemberNote{MemberNote::Action::create, GroupRole::member, {}});
    ASSERT_TRUE(apply(gone, {entry_of(gone, Seq(1), EntryKind::member, created),
                             entry_of(gone, Seq(2), EntryKind::message, "asli")})
                    .has_value());
    ASSERT_EQ(log("lab@B"), "create asli");
    // Its operator has lost the key; the server dials with another one before it is found.
    ASSERT_TRUE(a.parts.run(a.parts.chat.administration().remove_server("B")).has_value());
    const auto added = add_server(a, "B");
    ASSERT_TRUE(added.has_value());
    join();
    const std::string former_label = label;
    ASSERT_NE(former_label, "B");
    meet(added->server.id);
    ASSERT_EQ(label, "B");

    const auto lab = wanted("lab");
    ASSERT_TRUE(lab.has_value());
    EXPECT_EQ(*lab, Seq()) << "from its beginning, not behind an entry of another server's log";
    const auto went_on = apply(b.parts.key, {entry_of(b.parts.key, Seq(3), EntryKind::message, "palsu")});
    EXPECT_FALSE(went_on.has_value());
    EXPECT_EQ(log("lab@B"), "");
    EXPECT_EQ(log("lab@" + former_label), "create asli") << "under the label that the other one had";
    EXPECT_TRUE(wanted("other").has_value()) << "what is its own is copied";
}

TEST_F(MovedLabelTest, WhoWasOnlyNamedAndIsRemovedGoesOnToYieldHisLabel) {
    join();
    const PublicKey named{9};
    const std::string item = invitation_by({named, "C", "one"}, "maya", a.parts.executor.clock().wall_now());
    const auto taken = a.take({1, b.handed_out.number + 1}, item);
    ASSERT_TRUE(taken.has_value() && !*taken);
    ASSERT_EQ(a.peering().server_with_key(named)->label, "C");
    ASSERT_TRUE(a.parts.run(a.parts.chat.administration().remove_server("C")).has_value());
    EXPECT_EQ(a.parts.run(a.peering().met(PublicKey{10}, "C", ServerId()))->label, "C");
}

// An operator's trial of an address, of whose label another server has spoken.
TEST_F(MovedLabelTest, ALabelThatOthersHaveOnlyNamedIsNotTaken) {
    join();
    PublicKey named{};
    named[0] = 9;
    const std::string item = invitation_by({named, "C", "one"}, "maya", a.parts.executor.clock().wall_now());
    const auto taken = a.take({1, b.handed_out.number + 1}, item);
    ASSERT_TRUE(taken.has_value() && !*taken);
    ASSERT_EQ(a.peering().server_with_key(named)->label, "C");

    const auto trial_of = [&](const PublicKey& key) {
        a.links.trial.failed_at = LinkTrial::Step::done;
        a.links.trial.met = LinkTrial::Met{key, "C"};
        return a.parts.run(a.parts.chat.administration().test_address("127.0.0.1", 10)).value();
    };
    PublicKey other{};
    other[0] = 10;
    const auto trial = trial_of(other);
    EXPECT_TRUE(trial.is_good());
    EXPECT_EQ(trial.identity, Administration::ServerTrial::Identity::first_contact);
    EXPECT_EQ(trial.label, "C");
    EXPECT_EQ(trial.pinned, std::nullopt);
    // It would get it, too.
    EXPECT_EQ(a.parts.run(a.peering().met(other, "C", ServerId()))->label, "C");
    EXPECT_EQ(trial_of(named).identity, Administration::ServerTrial::Identity::another_key) << "the label is gone";
    // And whoever was met has it.
    EXPECT_EQ(trial_of(PublicKey{11}).identity, Administration::ServerTrial::Identity::another_key);
}

// What is known is what is stored, whatever happens in the middle of what.
class AtOnceTest : public testing::Test {
  protected:
    AtOnceTest() { start_anew(); }
    void start_anew() {
        side.reset();
        side = std::make_unique<JoinedServer>("A", 1, allowing_strangers());
        side->people.add("messi");
        PublicKey key{};
        key[0] = 2;
        const auto met = side->parts.run(side->peering().met(key, "B", ServerId()));
        ASSERT_TRUE(met.has_value());
        side->other = met->id;
    }
    using Added = std::optional<Administration::Answer<Administration::ServerSummary>>;
    using Removed = std::optional<Administration::Answer<std::size_t>>;
    using Met = std::optional<std::expected<Server, ChatError>>;
    Task<void> add(std::string label, Added& added) {
        return keep_value(side->parts.chat.administration().add_server(std::move(label), "127.0.0.1", 9), added);
    }
    Task<void> meet(const PublicKey& key, const std::string& label, Met& met) {
        return keep_value(side->peering().met(key, label, ServerId()), met);
    }
    // By the word of B.
    Task<void> name(GlobalUser user) {
        const std::vector<std::string> items{
            invitation_by(std::move(user), "messi", side->parts.executor.clock().wall_now())};
        const OutboxPlace first{1, 1};
        const Peering::Taken taken = co_await side->peering().receive(side->other, first, 1, items);
        EXPECT_EQ(taken.count, 1u);
        EXPECT_TRUE(taken.refused.empty());
    }
    // The second begins so many turns after the first; both end.
    void run(Task<void> first, int turns, Task<void> second) {
        Gate gate("test");
        gate.spawn(std::move(first));
        for (int turn = 0; turn < turns; ++turn)
            side->parts.executor.step();
        gate.spawn(std::move(second));
        side->parts.run(gate.close());
    }
    std::string known() { return text_of(side->peering().servers()); }
    std::string stored() { return text_of(side->parts.run(side->parts.store.servers()).value()); }
    static std::string text_of(const std::vector<Server>& servers) {
        std::string text;
        for (const Server& server : servers)
            text += fmt::format("{} {} key {} at '{}' state {} named by {}, ", server.id.value, server.label,
                                server.key ? (*server.key)[0] : 0, server.host, static_cast<int>(server.state),
                                server.named_by.value);
        return text;
    }
    static PublicKey key_of(std::uint8_t byte) {
        PublicKey key{};
        key[0] = byte;
        return key;
    }

    std::unique_ptr<JoinedServer> side;
};

TEST_F(AtOnceTest, TwoAdditionsOfOneServerGiveOne) {
    for (int turns = 0; turns < turns_max; ++turns) {
        SCOPED_TRACE(turns);
        start_anew();
        Added one;
        Added other;
        run(add("C", one), turns, add("c", other));
        EXPECT_TRUE(one->has_value());
        ASSERT_FALSE(other->has_value());
        EXPECT_EQ(other->error().why, ChatError::server_taken);
        EXPECT_EQ(known(), stored());
        EXPECT_EQ(side->peering().servers().size(), 2u) << "B and C";
    }
}

TEST_F(AtOnceTest, AServerIsAddedAndDials) {
    for (const bool dials_first : {false, true}) {
        for (int turns = 0; turns < turns_max; ++turns) {
            SCOPED_TRACE(fmt::format("{} {}", dials_first, turns));
            start_anew();
            Added added;
            Met met;
            Task<void> adding = add("C", added);
            Task<void> meeting = meet(key_of(3), "C", met);
            run(std::move(dials_first ? meeting : adding), turns, std::move(dials_first ? adding : meeting));
            EXPECT_TRUE(added->has_value());
            EXPECT_TRUE(met->has_value());
            EXPECT_EQ(known(), stored());
        }
    }
}

TEST_F(AtOnceTest, AServerIsBlockedOrRemovedWhileAnotherIsAdded) {
    for (const bool is_removed : {false, true}) {
        for (int turns = 0; turns < turns_max; ++turns) {
            SCOPED_TRACE(fmt::format("{} {}", is_removed, turns));
            start_anew();
            Added added;
            Added blocked;
            Removed removed;
            Administration& of = side->parts.chat.administration();
            Task<void> ending =
                is_removed ? keep_value(of.remove_server("B"), removed) : keep_value(of.block_server("B"), blocked);
            run(add("C", added), turns, std::move(ending));
            EXPECT_TRUE(added->has_value());
            EXPECT_EQ(known(), stored());
        }
    }
}

TEST_F(AtOnceTest, AServerIsAddedWhileAnotherIsNamed) {
    for (const bool is_named_first : {false, true}) {
        for (int turns = 0; turns < turns_max; ++turns) {
            SCOPED_TRACE(fmt::format("{} {}", is_named_first, turns));
            start_anew();
            Added added;
            Task<void> adding = add("C", added);
            Task<void> naming = name(GlobalUser{key_of(4), "X", "one"});
            run(std::move(is_named_first ? naming : adding), turns, std::move(is_named_first ? adding : naming));
            EXPECT_TRUE(added->has_value());
            EXPECT_EQ(known(), stored());
            EXPECT_TRUE(side->peering().server_with_key(key_of(4)).has_value());
        }
    }
}

}  // namespace
}  // namespace obrol
