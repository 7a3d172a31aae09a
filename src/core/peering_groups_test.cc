// Groups over two servers.
#include <gtest/gtest.h>

#include "base/crypto/sha256.h"
#include "core/administration.h"
#include "tests/support/joined_servers.h"

namespace obrol {
namespace {

class PeeringGroupsTest : public testing::Test {
  protected:
    explicit PeeringGroupsTest(Chat::Options for_b = allowing_strangers())
        : servers(allowing_strangers(), std::move(for_b)) {
        for (const char* name : {"messi", "maya"})
            a.people.add(name);
        for (const char* name : {"izza", "nania"})
            b.people.add(name);
        servers.join();
    }
    static Place group(const std::string& text) { return parse_place(text); }
    GroupCreated found(const std::string& members) {
        GroupCreated created =
            servers.get<GroupCreated>(a, "messi", CreateGroup{"lab", "Lab", parse_address_list(members)});
        servers.carry_all();
        return created;
    }
    MessageSent post(JoinedServer& side, const std::string& name, const std::string& where, const std::string& text) {
        MessageSent sent = servers.get<MessageSent>(side, name, SendToGroup{group(where), text, std::nullopt, false});
        servers.carry_all();
        return sent;
    }
    std::optional<ChatError> refusal(JoinedServer& side, const std::string& name, People::Body body) {
        const Reply reply = servers.ask(side, name, std::move(body));
        servers.carry_all();
        const auto* refused = std::get_if<Refused>(&reply);
        return refused ? std::optional(refused->why) : std::nullopt;
    }
    std::string members(JoinedServer& side, const std::string& name, const std::string& where) {
        std::string text;
        for (const auto& item : servers.get<MemberList>(side, name, ListMembers{group(where)}).members)
            text += (text.empty() ? "" : " ") + item.user.name + ":" + std::string(to_string(item.role));
        return text;
    }
    // "seq:sender:text", from the first that he may see.
    std::string log(JoinedServer& side, const std::string& name, const std::string& where) {
        std::string text;
        for (const auto& item : servers.get<HistoryPage>(side, name, FetchHistory{group(where)}).items)
            text += (text.empty() ? "" : " ") + std::to_string(item.entry.header.seq.value) + ":" + item.from.name +
                    ":" + item.entry.body;
        return text;
    }

    JoinedServers servers;
    JoinedServer& a = servers.a;
    JoinedServer& b = servers.b;
};

TEST_F(PeeringGroupsTest, MembersOfOtherServersComeWhenTheirServerConfirms) {
    const GroupCreated created = found("maya,izza@B");
    EXPECT_EQ(created.pending, std::vector<std::string>{"izza@B"});
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner maya:member izza@B:member");
    EXPECT_EQ(members(b, "izza", "#lab@A"), "messi@A:owner maya@A:member izza:member");
    EXPECT_FALSE(a.links.advanced.empty()) << "the links are told";
}

TEST_F(PeeringGroupsTest, WhoDoesNotExistThereNeverComes) {
    found("nobody@B");
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner");
}

TEST_F(PeeringGroupsTest, WhoHasBlockedTheOwnerIsNotBroughtIn) {
    servers.get<Acknowledged>(b, "izza", Block{parse_address("messi@A"), true});
    found("izza@B,nania@B");
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner nania@B:member");
}

TEST_F(PeeringGroupsTest, PostsFromBothSidesAreOneLog) {
    found("izza@B");
    EXPECT_EQ(post(a, "messi", "#lab", "satu").copies.at(0).delivery, Delivery::done);
    EXPECT_EQ(post(b, "izza", "#lab@A", "dua").copies.at(0).delivery, Delivery::done);
    post(a, "messi", "#lab", "tiga");
    EXPECT_EQ(log(a, "messi", "#lab"), "1:messi:create 2:messi:invite izza@B 3:messi:satu 4:izza@B:dua 5:messi:tiga");
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:messi@A:invite izza 3:messi@A:satu 4:izza:dua 5:messi@A:tiga");
    EXPECT_EQ(b.people.inbox("izza"), "messi@A: satu tiga");
    EXPECT_EQ(a.people.inbox("messi"), "izza@B: dua");
    EXPECT_EQ(b.people.audience("izza").of_kind<MessageEvent>().size(), 3u);
}

TEST_F(PeeringGroupsTest, APostIsQueuedWhileTheHomeIsAwayAndTakenOnce) {
    found("izza@B");
    servers.set_link(LinkState::down);
    const Reply reply = b.parts.run(b.parts.chat.execute(
        b.people.client("izza"), Command{std::nullopt, SendToGroup{group("#lab@A"), "nanti", std::nullopt, false}}));
    EXPECT_EQ(std::get<MessageSent>(reply).copies.at(0).delivery, Delivery::queued);
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:messi@A:invite izza") << "it has no number yet";
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:messi@A:invite izza 3:izza:nanti");
}

TEST_F(PeeringGroupsTest, WhoIsDeletedLeavesAlsoGroupsElsewhere) {
    found("maya,izza@B,nania@B");
    servers.set_link(LinkState::down);
    b.links.woken.clear();
    ASSERT_TRUE(b.parts.run(b.parts.chat.administration().set_state("izza", AccountState::deleted)).has_value());
    EXPECT_EQ(b.links.woken, std::vector<ServerId>{b.other});
    EXPECT_EQ(members(b, "nania", "#lab@A"), "messi@A:owner maya@A:member izza:member nania:member");
    EXPECT_EQ(b.parts.run(b.parts.chat.administration().drop_queue("A")), 0u) << "it is to come about whenever";
    servers.set_link(LinkState::up);
    servers.carry_all();
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner maya:member nania@B:member");
    EXPECT_EQ(members(b, "nania", "#lab@A"), "messi@A:owner maya@A:member nania:member");
}

TEST_F(PeeringGroupsTest, WhoIsNoMemberCannotPost) {
    found("izza@B");
    EXPECT_EQ(refusal(b, "nania", SendToGroup{group("#lab@A"), "x", std::nullopt, false}), ChatError::not_a_member);
}

TEST_F(PeeringGroupsTest, TheHomeDecidesWhatMembersElsewhereMayDo) {
    found("maya,izza@B");
    KickFromGroup kick{group("#lab@A"), parse_address("maya@A"), KickFromGroup::Action::kick};
    EXPECT_EQ(refusal(b, "izza", kick), ChatError::not_allowed);
    servers.get<MemberChanged>(a, "messi", SetGroupRole{group("#lab"), parse_address("izza@B"), GroupRole::admin});
    servers.carry_all();
    EXPECT_EQ(refusal(b, "izza", kick), std::nullopt);
    servers.get<MembersAdded>(b, "izza", InviteToGroup{group("#lab@A"), parse_address_list("nania")});
    servers.carry_all();
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner izza@B:admin nania@B:member");
    EXPECT_EQ(members(b, "nania", "#lab@A"), "messi@A:owner izza:admin nania:member");
    EXPECT_EQ(refusal(b, "izza", RenewGroupCode{group("#lab@A")}), ChatError::not_allowed);
}

TEST_F(PeeringGroupsTest, OneComesByTheCodeAtHomeAndLeaves) {
    const GroupCreated created = found("");
    const auto joined = servers.get<GroupJoined>(b, "izza", JoinGroup{created.group.code, "A"});
    EXPECT_EQ(joined.group.card.id, "lab@A");
    servers.carry_all();
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner izza@B:member");
    EXPECT_EQ(refusal(b, "nania", JoinGroup{"000000", "A"}), ChatError::unknown_group);
    EXPECT_EQ(refusal(b, "nania", JoinGroup{created.group.code, "C"}), ChatError::unknown_server);
    servers.get<GroupLeft>(b, "izza", LeaveGroup{group("#lab@A")});
    servers.carry_all();
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner");
    // What is said now is not for that server any more.
    post(a, "messi", "#lab", "rahasia");
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:izza:join izza");
    GlobalGroup name{a.parts.key.public_key(), "lab"};
    const auto read = a.parts.run(a.peering().entries(a.other, name, Seq(3), 100, 10'000));
    EXPECT_TRUE(read.has_value() && read->entries.empty());
}

TEST_F(PeeringGroupsTest, AServerWithoutMembersReadsNothing) {
    found("");
    GlobalGroup name{a.parts.key.public_key(), "lab"};
    const auto read = a.parts.run(a.peering().entries(a.other, name, Seq(), 100, 10'000));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error(), ChatError::not_allowed);
}

TEST_F(PeeringGroupsTest, OnlyAServerOfTheGroupIsBelievedThatItsHomeHasLostSomething) {
    found("");
    const Peering::GroupHead longer{"lab", "Lab", Seq(100), MessageId(), {}};
    const auto claimed = a.parts.run(a.peering().wanted(a.other, false, longer));
    ASSERT_FALSE(claimed.has_value());
    EXPECT_EQ(claimed.error(), ChatError::not_allowed);
    post(a, "messi", "#lab", "it takes posts as before");
    EXPECT_EQ(a.peering().epoch(), 1);

    servers.get<MembersAdded>(a, "messi", InviteToGroup{group("#lab"), parse_address_list("izza@B")});
    servers.carry_all();
    const auto believed = a.parts.run(a.peering().wanted(a.other, false, longer));
    ASSERT_FALSE(believed.has_value());
    EXPECT_EQ(believed.error(), ChatError::home_recovering);
    EXPECT_EQ(a.peering().epoch(), 1) << "how often that may be is not decided here";
    ASSERT_TRUE(a.parts.run(a.peering().begin_epoch()).has_value());
    const auto wanted = a.parts.run(a.peering().wanted(a.other, false, longer));
    EXPECT_TRUE(wanted.has_value() && wanted->has_value());
    EXPECT_EQ(refusal(a, "messi", SendToGroup{group("#lab"), "x", std::nullopt, false}), ChatError::home_recovering);
}

TEST_F(PeeringGroupsTest, TwoReportsThatTheLogIsWholeMayComeAtOnce) {
    found("izza@B");
    ASSERT_TRUE(a.parts.run(a.peering().begin_epoch()).has_value());
    const GlobalGroup name{a.parts.key.public_key(), "lab"};
    Gate reports("reports");
    for (int i = 0; i < 2; ++i)
        reports.spawn(a.peering().recovered(name, a.other));
    a.parts.run(reports.close());
    post(a, "messi", "#lab", "it takes posts");
}

TEST_F(PeeringGroupsTest, WhatIsNotSignedByItsAuthorsServerIsNotTaken) {
    found("izza@B");
    post(a, "messi", "#lab", "satu");
    GlobalGroup name{a.parts.key.public_key(), "lab"};
    auto read = a.parts.run(a.peering().entries(a.other, name, Seq(2), 100, 10'000));
    ASSERT_TRUE(read.has_value());
    GroupEntry entry = parse_group_entry(read->entries.at(0)).value();
    entry.seq = Seq(4);
    entry.from = GlobalUser{b.parts.key.public_key(), "B", "nania"};  // words in somebody's mouth
    std::vector<std::string> forged(1, encode(entry));
    const auto applied = b.parts.run(b.peering().apply(b.other, name, forged));
    ASSERT_FALSE(applied.has_value());
    EXPECT_EQ(applied.error(), ChatError::bad_argument);
    // Nor may anybody but the home say how its log goes on.
    const auto elsewhere = a.parts.run(a.peering().apply(a.other, GlobalGroup{PublicKey{}, "lab"}, forged));
    EXPECT_EQ(elsewhere.error(), ChatError::not_allowed);
}

TEST_F(PeeringGroupsTest, APostWithAWrongSignatureIsRefused) {
    found("izza@B");
    GroupPost forged;
    forged.id.bytes[15] = 9;
    forged.group = "lab";
    forged.from = Author{"izza", "izza", ""};
    forged.at = a.parts.executor.clock().wall_now();
    forged.body = "palsu";
    const OutboxPlace place{1, b.handed_out.number + 1};
    const auto taken = a.take(place, encode(PeerItem(forged)));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(*taken, ChatError::bad_argument);
}

TEST_F(PeeringGroupsTest, NamesMayBeSpelledAsOneLikes) {
    found("izza@B");
    const auto taken = [&](const std::string& id, const std::string& author) {
        GroupPost post;
        post.id.bytes[15] = static_cast<std::uint8_t>(b.handed_out.number + 1);
        post.group = id;
        post.from = Author{author, "izza", ""};
        post.at = a.parts.executor.clock().wall_now();
        post.body = "halo";
        GroupEntry signed_as;
        signed_as.id = post.id;
        signed_as.from = GlobalUser{b.parts.key.public_key(), "B", author};
        signed_as.at = post.at;
        signed_as.body_digest = sha256(post.body);
        post.signature = b.parts.key.sign(signed_text(GlobalGroup{a.parts.key.public_key(), id}, signed_as));
        const auto answer = a.take({1, ++b.handed_out.number}, encode(PeerItem(post)));
        EXPECT_TRUE(answer.has_value());
        return answer.value_or(ChatError::unavailable);
    };
    EXPECT_EQ(taken("LAB", "izza"), std::nullopt);
    EXPECT_EQ(taken("lab", "Izza"), std::nullopt);
    EXPECT_EQ(taken("lab", "izza"), std::nullopt);
    servers.carry_all();
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:messi@A:invite izza 3:izza:halo 4:izza:halo 5:izza:halo")
        << "the copy goes on behind each of them";
}

TEST_F(PeeringGroupsTest, WhoWasWrittenToInAnotherCaseIsShownAsHeIsCalled) {
    servers.send(a, "messi", "IZZA@B", "halo");
    found("IZZA@B");
    EXPECT_EQ(members(a, "messi", "#lab"), "messi:owner izza@B:member") << "since she has answered";
    post(b, "izza", "#lab@A", "dari jauh");
    EXPECT_EQ(log(a, "messi", "#lab"), "1:messi:create 2:messi:invite izza@B 3:izza@B:dari jauh");
    EXPECT_EQ(log(b, "izza", "#lab@A"), "2:messi@A:invite izza 3:izza:dari jauh");
}

TEST_F(PeeringGroupsTest, AGapIsFetchedAndAPartedLogIsNotTaken) {
    found("izza@B");
    for (const char* text : {"satu", "dua", "tiga"})
        servers.get<MessageSent>(a, "messi", SendToGroup{group("#lab"), text, std::nullopt, false});
    servers.carry_all();
    GlobalGroup name{a.parts.key.public_key(), "lab"};
    auto read = a.parts.run(a.peering().entries(a.other, name, Seq(4), 100, 10'000));
    ASSERT_TRUE(read.has_value());
    GroupEntry entry = parse_group_entry(read->entries.at(0)).value();
    entry.id.bytes[0] ^= 1u;
    entry.signature = a.parts.key.sign(signed_text(name, entry));
    std::vector<std::string> other(1, encode(entry));
    EXPECT_EQ(b.parts.run(b.peering().apply(b.other, name, other)).error(), ChatError::server_differs);
    entry.seq = Seq(7);
    entry.signature = a.parts.key.sign(signed_text(name, entry));
    std::vector<std::string> later(1, encode(entry));
    EXPECT_EQ(b.parts.run(b.peering().apply(b.other, name, later)).error(), ChatError::busy);
}

class SlowCopyTest : public PeeringGroupsTest {
  protected:
    static Chat::Options slow() {
        Chat::Options options = allowing_strangers();
        options.peers.items_per_server = RateLimit{3, 60};
        return options;
    }
    SlowCopyTest() : PeeringGroupsTest(slow()) {}
    static Task<void> apply(JoinedServer& side, GlobalGroup name, std::vector<std::string> entries,
                            std::optional<std::expected<Seq, ChatError>>& applied) {
        auto how = co_await side.peering().apply(side.other, std::move(name), std::move(entries));
        applied.emplace(std::move(how));
    }
};

// Over a link that has ended meanwhile.
TEST_F(SlowCopyTest, WhatTheHomeWasNotToldOfDoesNotComeBehindThat) {
    found("izza@B");
    for (int i = 0; i < 8; ++i)
        a.people.get<MessageSent>("messi", SendToGroup{group("#lab"), "halo", std::nullopt, false});
    const GlobalGroup name{a.parts.key.public_key(), "lab"};
    auto read = a.parts.run(a.peering().entries(a.other, name, Seq(2), 100, 10'000));
    ASSERT_EQ(read->entries.size(), 8u) << "more than may come at once";
    std::optional<std::expected<Seq, ChatError>> applied;
    Gate gate("test");
    gate.spawn(apply(b, name, read->entries, applied));
    const auto heads = b.parts.run(b.peering().heads_of_replicas(b.other));
    EXPECT_FALSE(applied.has_value()) << "it waits for its pace";
    EXPECT_EQ(heads->at(0).last, Seq(2));
    b.parts.executor.run_for(std::chrono::seconds(10));
    ASSERT_TRUE(applied.has_value());
    ASSERT_FALSE(applied->has_value());
    EXPECT_EQ(applied->error(), ChatError::busy);
    EXPECT_EQ(b.parts.run(b.peering().heads_of_replicas(b.other))->at(0).last, Seq(2));
    EXPECT_EQ(servers.carry_groups(a), 8u) << "the next link brings it";
}

TEST_F(PeeringGroupsTest, WhomAPostReachedIsSaidOnRequest) {
    found("maya,izza@B");
    SendToGroup request{group("#lab"), "halo", std::nullopt, true};
    const auto sent = servers.get<MessageSent>(a, "messi", request);
    ASSERT_TRUE(sent.reach.has_value());
    EXPECT_EQ(sent.reach->reached, (std::vector<std::string>{"maya", "izza@B"}));
    servers.set_link(LinkState::down);
    const Reply reply = a.parts.run(a.parts.chat.execute(a.people.client("messi"), Command{std::nullopt, request}));
    EXPECT_EQ(std::get<MessageSent>(reply).reach->queued, std::vector<std::string>{"izza@B"});
}

// Whoever else writes from there waits behind him.
TEST_F(PeeringGroupsTest, PostsWaitForARecoveryOnceAndNotEach) {
    found("izza@B");
    ASSERT_TRUE(a.parts.run(a.peering().begin_epoch()).has_value());
    a.handed_out = {};  // what waits is numbered anew
    const MonotonicTime begin = a.parts.executor.clock().monotonic_now();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(refusal(b, "izza", SendToGroup{group("#lab@A"), "x", std::nullopt, false}),
                  ChatError::home_recovering);
    const Duration waited = a.parts.executor.clock().monotonic_now() - begin;
    EXPECT_GE(waited, std::chrono::seconds(10));
    EXPECT_LE(waited, std::chrono::seconds(11));
    a.parts.run(a.peering().recovered(GlobalGroup{a.parts.key.public_key(), "lab"}, a.other));
    EXPECT_EQ(post(b, "izza", "#lab@A", "lagi").copies.at(0).delivery, Delivery::done);
}

}  // namespace
}  // namespace obrol
