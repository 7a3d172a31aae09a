// Cursors and what they leave unread. Cursors may fall back in a crash, so these cases reopen in good order only.
#include "tests/store_suite/store_suite.h"

namespace obrol {
namespace {

AdvanceCursor fetched(UserId user, ConversationId conversation, std::int64_t seq) {
    return {user, conversation, AdvanceCursor::Which::fetched, Seq(seq)};
}
AdvanceCursor seen(UserId user, ConversationId conversation, std::int64_t seq) {
    return {user, conversation, AdvanceCursor::Which::read, Seq(seq)};
}

void expect_unread(const std::vector<UnreadConversation>& actual, const std::vector<UnreadConversation>& expected) {
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(actual[i].conversation, expected[i].conversation);
        EXPECT_EQ(actual[i].peer, expected[i].peer);
        EXPECT_EQ(actual[i].fetched, expected[i].fetched);
        EXPECT_EQ(actual[i].last, expected[i].last);
        EXPECT_EQ(actual[i].oldest_unread, expected[i].oldest_unread);
    }
}

TEST_P(StoreSuite, SendersAreOrderedByTheirOldestUnread) {
    const UserId me = create("me");
    const UserId a = create("a");
    const UserId b = create("b");
    const UserId c = create("c");
    const EntryHeader c1 = send(c, me, "c1");
    const EntryHeader a1 = send(a, me, "a1");
    const EntryHeader b1 = send(b, me, "b1");
    const EntryHeader a2 = send(a, me, "a2");
    send(b, a, "not for me");
    const EntryHeader c2 = send(c, me, "c2");
    in_every_state([&] {
        expect_unread(unread(me), {{c1.conversation, c, Seq(0), Seq(2), c1.position},
                                   {a1.conversation, a, Seq(0), Seq(2), a1.position},
                                   {b1.conversation, b, Seq(0), Seq(1), b1.position}});
    });
    carry_out(fetched(me, c1.conversation, 1));
    fixture->reopen(StoreFixture::Reopening::clean);
    expect_unread(unread(me), {{a1.conversation, a, Seq(0), Seq(2), a1.position},
                               {b1.conversation, b, Seq(0), Seq(1), b1.position},
                               {c1.conversation, c, Seq(1), Seq(2), c2.position}});
    append({fetched(me, a1.conversation, 1), fetched(me, b1.conversation, 1)});
    expect_unread(unread(me), {{a1.conversation, a, Seq(1), Seq(2), a2.position},
                               {c1.conversation, c, Seq(1), Seq(2), c2.position}});
    append({fetched(me, a1.conversation, 2), fetched(me, c1.conversation, 2)});
    expect_unread(unread(me), {});
    fixture->settle();
    fixture->reopen(StoreFixture::Reopening::clean);
    expect_unread(unread(me), {});
    expect_unread(unread(c), {});
    expect_unread(unread(UserId(77)), {});
}

TEST_P(StoreSuite, OnesOwnPostsAreNotUnread) {
    const UserId me = create("me");
    const UserId other = create("other");
    const ConversationId conversation = send(me, other, "1").conversation;
    send(me, other, "2");
    expect_unread(unread(me), {});
    const EntryHeader answer = send(other, me, "3");
    send(me, other, "4");
    in_every_state([&] {
        expect_unread(unread(me), {{conversation, other, Seq(0), Seq(4), answer.position}});
        EXPECT_EQ(unread(other).at(0).peer, me);
    });
    carry_out(fetched(me, conversation, 3));
    expect_unread(unread(me), {});
}

TEST_P(StoreSuite, OnlyMessagesAndFilesAreUnread) {
    const UserId me = create("me");
    const UserId other = create("other");
    ConversationId conversation;
    for (const int kind : {3, 4, 5, 6, 7, 8, 9, 200}) {
        PostDirect made = post(other, {me}, "x");
        made.kind = static_cast<EntryKind>(kind);
        conversation = send(std::move(made)).at(0).conversation;
    }
    in_every_state([&] { expect_unread(unread(me), {}); });
    PostDirect file = post(other, {me}, "x");
    file.kind = EntryKind::file;
    const EntryHeader counted = send(std::move(file)).at(0);
    PostDirect notice = post(other, {me}, "x");
    notice.kind = EntryKind::notice;
    send(std::move(notice));
    in_every_state([&] { expect_unread(unread(me), {{conversation, other, Seq(0), Seq(10), counted.position}}); });
    carry_out(fetched(me, conversation, 9));
    expect_unread(unread(me), {});
}

TEST_P(StoreSuite, NotesToSelfAreUnread) {
    const UserId me = create("me");
    const EntryHeader note = send(me, me, "buy milk");
    in_every_state([&] { expect_unread(unread(me), {{note.conversation, me, Seq(0), Seq(1), note.position}}); });
    carry_out(fetched(me, note.conversation, 1));
    expect_unread(unread(me), {});
    const EntryHeader second = send(me, me, "and bread");
    expect_unread(unread(me), {{note.conversation, me, Seq(1), Seq(2), second.position}});
}

TEST_P(StoreSuite, AnErasedMessageIsStillUnread) {
    const UserId me = create("me");
    const UserId other = create("other");
    const EntryHeader first = send(other, me, "oops");
    carry_out(EraseBody{first.conversation, Seq(1)});
    in_every_state([&] { expect_unread(unread(me), {{first.conversation, other, Seq(0), Seq(1), first.position}}); });
}

TEST_P(StoreSuite, CursorsGoForwardOnlyAndNoFurtherThanTheLog) {
    const UserId me = create("me");
    const UserId other = create("other");
    const ConversationId conversation = send(other, me, "1").conversation;
    send(other, me, "2");
    send(other, me, "3");
    append({fetched(me, conversation, 2), fetched(me, conversation, 1), fetched(me, conversation, -5)});
    EXPECT_EQ(unread(me).at(0).fetched, Seq(2));
    carry_out(fetched(me, conversation, 1));
    fixture->reopen(StoreFixture::Reopening::clean);
    EXPECT_EQ(unread(me).at(0).fetched, Seq(2));
    carry_out(fetched(me, conversation, 1000));
    EXPECT_TRUE(unread(me).empty());
    const EntryHeader next = send(other, me, "4");
    expect_unread(unread(me), {{conversation, other, Seq(3), Seq(4), next.position}});
}

TEST_P(StoreSuite, TheTwoCursorsAndTheTwoSidesAreApart) {
    const UserId me = create("me");
    const UserId other = create("other");
    const EntryHeader first = send(other, me, "1");
    const EntryHeader second = send(me, other, "2");
    carry_out(seen(me, first.conversation, 2));
    expect_unread(unread(me), {{first.conversation, other, Seq(0), Seq(2), first.position}});
    carry_out(fetched(me, first.conversation, 2));
    expect_unread(unread(other), {{first.conversation, me, Seq(0), Seq(2), second.position}});
}

TEST_P(StoreSuite, AStrangerHasNoCursor) {
    const UserId me = create("me");
    const UserId other = create("other");
    const UserId stranger = create("stranger");
    const ConversationId conversation = send(me, other, "1").conversation;
    for (const AdvanceCursor& change : {fetched(stranger, conversation, 1), seen(stranger, conversation, 1),
                                        fetched(me, ConversationId(77), 1), fetched(UserId(77), conversation, 1)})
        EXPECT_EQ(refusal_of(apply(change)), ChatError::not_found);
}

TEST_P(StoreSuite, ACrashNeverMovesACursorForward) {
    if (!fixture->can_crash()) GTEST_SKIP() << "this store cannot be crashed";
    const UserId me = create("me");
    const UserId other = create("other");
    const ConversationId conversation = fill(other, me, 20);
    for (std::int64_t seq = 1; seq <= 9; seq += 2) {
        carry_out(fetched(me, conversation, seq));
        fixture->reopen(StoreFixture::Reopening::crash);
        EXPECT_LE(unread(me).at(0).fetched, Seq(seq));
    }
}

TEST_P(StoreSuite, ManyConversationsAreUnreadAtOnce) {
    const UserId me = create("me");
    std::vector<UnreadConversation> expected;
    std::vector<UserId> senders;
    for (int i = 0; i < 300; ++i)
        senders.push_back(create("sender" + std::to_string(i)));
    for (const UserId sender : senders) {
        const EntryHeader header = send(sender, me, "x");
        expected.push_back({header.conversation, sender, Seq(0), Seq(1), header.position});
    }
    in_every_state([&] { expect_unread(unread(me), expected); });
    std::vector<Change> batch;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (i % 3 != 0) batch.emplace_back(fetched(me, expected[i].conversation, 1));
    }
    append(std::move(batch));
    std::vector<UnreadConversation> left;
    for (std::size_t i = 0; i < expected.size(); i += 3)
        left.push_back(expected[i]);
    expect_unread(unread(me), left);
}

}  // namespace
}  // namespace obrol
