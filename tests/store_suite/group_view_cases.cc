// Who sees what of a group, and what is unread for him. Where a cursor was moved, the store is reopened in good order
// only: cursors may fall back in a crash.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

using Spans = Visible;

SeqSpan from(std::int64_t first) {
    return {Seq(first), open_end};
}
SeqSpan span(std::int64_t first, std::int64_t last) {
    return {Seq(first), Seq(last)};
}

AdvanceCursor fetched(UserId user, const Group& group, std::int64_t seq) {
    return {user, group.conversation, AdvanceCursor::Which::fetched, Seq(seq)};
}

TEST_P(StoreSuite, AMemberSeesWhatIsWrittenWhileHeIsThere) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab");
    send(group_post(messi, group, "2"));
    changed(entering(maya, group));
    send(group_post(messi, group, "4"));
    in_every_state([&] {
        EXPECT_EQ(visible(messi, group), Spans{from(1)});
        EXPECT_EQ(visible(maya, group), Spans{from(3)});
        EXPECT_EQ(visible(izza, group), Spans());
        EXPECT_EQ(visible(UserId(77), group), Spans());
    });
    changed(quitting(maya, group));
    send(group_post(messi, group, "6"));
    in_every_state([&] { EXPECT_EQ(visible(maya, group), Spans{span(3, 4)}) << "up to where she left"; });
    changed(adding(messi, group, {maya, izza}));
    changed(removing(messi, group, izza));
    changed(removing(messi, group, maya, KickFromGroup::Action::ban));
    in_every_state([&] {
        EXPECT_EQ(visible(maya, group), (Spans{span(3, 4), span(7, 8)}));
        EXPECT_EQ(visible(izza, group), Spans{span(7, 7)});
    });
    changed(quitting(messi, group));
    in_every_state([&] { EXPECT_EQ(visible(messi, group), Spans{span(1, 9)}) << "the group has ended"; });
}

TEST_P(StoreSuite, AHistoryOfAGroupIsWhatTheUserMaySeeOfIt) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab");
    changed(entering(maya, group));
    send(group_post(messi, group, "3"));
    changed(quitting(maya, group));
    for (const char* unseen : {"5", "6", "7"})
        send(group_post(messi, group, unseen));
    changed(entering(maya, group));
    send(group_post(messi, group, "a body of 20 bytes.."));
    send(group_post(messi, group, "ten"));
    using Seqs = std::vector<std::int64_t>;
    const auto check = [&](std::size_t entries_max, std::optional<Seq> before, const Seqs& seqs, bool more) {
        const StoredHistory seen = history({maya, group.conversation, before, entries_max});
        EXPECT_EQ(seqs_of(seen.page.entries), seqs) << entries_max << " before " << before.value_or(Seq()).value;
        EXPECT_EQ(seen.page.more, more) << entries_max << " before " << before.value_or(Seq()).value;
        EXPECT_EQ(seen.conversation, group.conversation);
        EXPECT_EQ(seen.visible, (Spans{span(2, 3), from(8)}));
    };
    in_every_state([&] {
        check(unlimited, std::nullopt, {2, 3, 8, 9, 10}, false);
        check(5, std::nullopt, {2, 3, 8, 9, 10}, false);
        check(4, std::nullopt, {3, 8, 9, 10}, true);
        check(3, std::nullopt, {8, 9, 10}, true);
        check(0, std::nullopt, {}, true);
        check(2, Seq(9), {3, 8}, true);
        check(2, Seq(8), {2, 3}, false);
        check(1, Seq(6), {3}, true);
        check(9, Seq(3), {2}, false);
        check(9, Seq(2), {}, false);
        const StoredHistory little = history({maya, group.conversation, std::nullopt, 9}, 22);
        EXPECT_EQ(seqs_of(little.page.entries), Seqs{10}) << "the two are 23";
        EXPECT_TRUE(little.page.more);
        EXPECT_EQ(seqs_of(history({maya, group.conversation, std::nullopt, 2}, 23).page.entries), (Seqs{9, 10}));
        const StoredHistory stranger = history({UserId(77), group.conversation, std::nullopt, 9});
        EXPECT_TRUE(stranger.visible.empty() && stranger.page.entries.empty());
    });
}

TEST_P(StoreSuite, AHistoryOfTwoPeopleIsTheirConversation) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const ConversationId conversation = fill(messi, maya, 5);
    in_every_state([&] {
        for (const auto& [one, other] : {std::pair(messi, maya), std::pair(maya, messi)}) {
            const StoredHistory seen = history({one, other, Seq(5), 3});
            EXPECT_EQ(seqs_of(seen.page.entries), (std::vector<std::int64_t>{2, 3, 4}));
            EXPECT_TRUE(seen.page.more);
            EXPECT_EQ(seen.conversation, conversation);
        }
        for (const UserId nobody : {messi, UserId(77)}) {
            const StoredHistory seen = history({messi, nobody, std::nullopt, 3});
            EXPECT_FALSE(seen.conversation);
            EXPECT_TRUE(seen.page.entries.empty());
        }
    });
}

TEST_P(StoreSuite, AnOpenHistoryIsForMembers) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab");
    send(group_post(messi, group, "2"));
    carry_out(SetGroupOptions{group.conversation, true, std::nullopt});
    changed(entering(maya, group));
    in_every_state([&] {
        EXPECT_EQ(visible(maya, group), Spans{from(1)});
        EXPECT_TRUE(unread(maya).empty()) << "what came before her is no news";
    });
    send(group_post(messi, group, "4"));
    in_every_state([&] { EXPECT_EQ(unread(maya).at(0).visible, Spans{from(1)}); });
    carry_out(SetGroupOptions{group.conversation, false, std::nullopt});
    EXPECT_EQ(visible(maya, group), Spans{from(3)});
    carry_out(SetGroupOptions{group.conversation, true, std::nullopt});
    changed(quitting(maya, group));
    in_every_state([&] { EXPECT_EQ(visible(maya, group), Spans{span(3, 4)}); });
}

TEST_P(StoreSuite, PostsOfOthersAreUnreadInAGroup) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const UserId izza = create("izza");
    const Group group = found(messi, "lab", {maya});
    const Group quiet = found(messi, "quiet", {maya});
    send(group_post(maya, group, "2"));
    PostToGroup notice = group_post(messi, group, "3");
    notice.kind = EntryKind::notice;
    send(notice);
    EXPECT_TRUE(unread(maya).empty()) << "her own, a notice, and how the groups began";
    const EntryHeader direct = send(izza, maya, "direct");
    PostToGroup file = group_post(messi, group, "4");
    file.kind = EntryKind::file;
    const EntryHeader oldest = send(file);
    send(group_post(messi, group, "5"));
    in_every_state([&] {
        const auto of_maya = unread(maya);
        ASSERT_EQ(of_maya.size(), 2u);
        EXPECT_EQ(of_maya[0].conversation, direct.conversation);
        EXPECT_TRUE(of_maya[0].visible.empty());
        EXPECT_EQ(of_maya[1].conversation, group.conversation);
        EXPECT_EQ(of_maya[1].peer, UserId());
        EXPECT_EQ(of_maya[1].fetched, Seq(1)) << "where she came";
        EXPECT_EQ(of_maya[1].last, Seq(5));
        EXPECT_EQ(of_maya[1].oldest_unread, oldest.position);
        EXPECT_EQ(of_maya[1].visible, Spans{from(1)});
        ASSERT_EQ(unread(messi).size(), 1u) << "maya wrote, too";
        EXPECT_TRUE(unread(izza).empty());
        EXPECT_TRUE(run(store().direct_peers(messi)).value().empty()) << "members are no peers";
    });
    carry_out(fetched(maya, group, 4));
    fixture->reopen(StoreFixture::Reopening::clean);
    EXPECT_EQ(unread(maya).at(1).fetched, Seq(4));
    carry_out(fetched(maya, group, 99));
    EXPECT_EQ(unread(maya).size(), 1u);
    EXPECT_EQ(refusal_of(apply(fetched(izza, group, 1))), ChatError::not_found) << "she never was a member";
}

TEST_P(StoreSuite, ANewMemberFindsOnlyWhatComesAfterHim) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab");
    for (int i = 0; i < 100; ++i)
        send(group_post(messi, group, "before"));
    changed(entering(maya, group));
    in_every_state([&] { EXPECT_TRUE(unread(maya).empty()); });
    const EntryHeader first = send(group_post(messi, group, "after"));
    in_every_state([&] {
        const auto of_maya = unread(maya);
        ASSERT_EQ(of_maya.size(), 1u);
        EXPECT_EQ(of_maya[0].oldest_unread, first.position);
        EXPECT_EQ(of_maya[0].fetched, Seq(102));
    });
}

TEST_P(StoreSuite, WhoWasAwayFindsBothVisitsAndNothingBetween) {
    const UserId messi = create("messi");
    const UserId maya = create("maya");
    const Group group = found(messi, "lab", {maya});
    const EntryHeader seen = send(group_post(messi, group, "2"));
    changed(quitting(maya, group));
    for (int i = 0; i < 100; ++i)
        send(group_post(messi, group, "not for maya"));
    in_every_state([&] {
        const auto of_maya = unread(maya);
        ASSERT_EQ(of_maya.size(), 1u) << "what she has not fetched before she left";
        EXPECT_EQ(of_maya[0].oldest_unread, seen.position);
        EXPECT_EQ(of_maya[0].last, Seq(103));
        EXPECT_EQ(of_maya[0].visible, Spans{span(1, 2)});
    });
    carry_out(fetched(maya, group, 2));
    fixture->reopen(StoreFixture::Reopening::clean);
    EXPECT_TRUE(unread(maya).empty());
    EXPECT_EQ(changed(entering(maya, group)).entries.at(0).header.seq, Seq(104));
    EXPECT_TRUE(unread(maya).empty()) << "what was written meanwhile is hidden";
    const EntryHeader back = send(group_post(messi, group, "105"));
    fixture->settle();
    auto of_maya = unread(maya);
    ASSERT_EQ(of_maya.size(), 1u);
    EXPECT_EQ(of_maya[0].oldest_unread, back.position);
    EXPECT_EQ(of_maya[0].fetched, Seq(2)) << "where it stood";
    EXPECT_EQ(of_maya[0].visible, (Spans{span(1, 2), from(104)}));
    changed(removing(messi, group, maya));
    send(group_post(messi, group, "107"));
    for (int i = 0; i < 2; ++i) {
        of_maya = unread(maya);
        ASSERT_EQ(of_maya.size(), 1u);
        EXPECT_EQ(of_maya[0].oldest_unread, back.position);
        EXPECT_EQ(of_maya[0].visible, (Spans{span(1, 2), span(104, 105)}));
        fixture->reopen(StoreFixture::Reopening::clean);
    }
    carry_out(fetched(maya, group, 105));
    EXPECT_TRUE(unread(maya).empty());
}

}  // namespace
}  // namespace obrol
