#include "storage/sqlite/tail.h"

#include <gtest/gtest.h>

namespace obrol::sqlite {
namespace {

constexpr ConversationId one(1);
constexpr ConversationId other(2);
constexpr UserId anna(1);
constexpr UserId bert(2);

std::vector<std::int64_t> values(const std::vector<Position>& positions) {
    std::vector<std::int64_t> result;
    for (const Position position : positions)
        result.push_back(position.value);
    return result;
}

class TailTest : public testing::Test {
  protected:
    void add(ConversationId conversation, std::int64_t seq, UserId sender = anna) {
        const Tail::Added added{conversation, Seq(seq), {Position(++last), sender}};
        tail.append({&added, 1});
    }

    Tail tail;
    std::int64_t last = 0;
};

TEST_F(TailTest, KnowsItsConversations) {
    add(one, 5);
    add(other, 1);
    add(one, 6);
    EXPECT_EQ(tail.size(), 3u);
    EXPECT_EQ(tail.last_seq(one), Seq(6));
    EXPECT_EQ(tail.last_seq(other), Seq(1));
    EXPECT_EQ(tail.last_seq(ConversationId(3)), Seq());
    EXPECT_EQ(tail.last_position(), Position(3));
    EXPECT_EQ(tail.find(one)->first, Seq(5));
}

TEST_F(TailTest, GivesItsShareOfAPage) {
    for (int seq = 5; seq <= 9; ++seq)
        add(one, seq);
    TailPart part = tail.part({.conversation = one, .entries_max = 100});
    EXPECT_EQ(part.last, Seq(9));
    EXPECT_EQ(part.first, Seq(5));
    EXPECT_EQ(values(part.positions), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));

    part = tail.part({.conversation = one, .after = Seq(5), .before = Seq(9), .entries_max = 2, .newest_first = true});
    EXPECT_EQ(part.first, Seq(7));
    EXPECT_EQ(values(part.positions), (std::vector<std::int64_t>{3, 4}));

    part = tail.part({.conversation = one, .after = Seq(3), .entries_max = 2});
    EXPECT_EQ(part.first, Seq(5)) << "seq 4 is in the index";
    EXPECT_EQ(values(part.positions), (std::vector<std::int64_t>{1}));

    EXPECT_TRUE(tail.part({.conversation = one, .before = Seq(5), .entries_max = 9}).positions.empty());
    EXPECT_EQ(tail.part({.conversation = other, .entries_max = 9}).last, Seq());
}

TEST_F(TailTest, DropsWhatIsIndexed) {
    for (int seq = 1; seq <= 5; ++seq)
        add(one, seq);
    add(other, 1);
    tail.take_changed();
    tail.drop(one, Seq(3));
    EXPECT_EQ(tail.size(), 3u);
    EXPECT_EQ(tail.find(one)->first, Seq(4));
    EXPECT_EQ(tail.take_changed(), std::vector{one}) << "there is more of it to index";
    tail.drop(one, Seq(3));
    EXPECT_EQ(tail.size(), 3u) << "known already";
    tail.drop(one, Seq(5));
    EXPECT_EQ(tail.find(one), nullptr);
    EXPECT_EQ(tail.size(), 1u);
    EXPECT_TRUE(tail.take_changed().empty());
    add(one, 6);
    EXPECT_EQ(tail.find(one)->first, Seq(6));
    EXPECT_EQ(tail.take_changed(), std::vector{one});
}

TEST_F(TailTest, FindsTheOldestUnread) {
    add(one, 1, anna);
    add(one, 2, bert);
    add(one, 3, UserId());
    add(one, 4, anna);
    const auto unread = [&](Visible spans, bool own_count = false) { return tail.unread(one, bert, spans, own_count); };
    const auto from = [](std::int64_t first) { return Visible{{Seq(first), open_end}}; };
    EXPECT_EQ(unread(from(1)).oldest_unread, Position(1));
    EXPECT_EQ(unread(from(1)).oldest_seq, Seq(1));
    EXPECT_EQ(unread(from(2)).oldest_unread, Position(4)) << "neither his own nor a notice";
    EXPECT_EQ(unread(from(5)).oldest_unread, std::nullopt);
    EXPECT_EQ(unread(from(2), true).oldest_unread, Position(2));
    EXPECT_EQ(unread(from(9)).oldest_unread, std::nullopt);
    EXPECT_EQ(unread(from(1)).first, Seq(1));
    EXPECT_EQ(unread({}).last, Seq(4)) << "which there is, seen or not";
    EXPECT_EQ(unread({}).oldest_unread, std::nullopt);
    EXPECT_EQ(unread({{Seq(2), Seq(3)}}).oldest_unread, std::nullopt);
    EXPECT_EQ(unread({{Seq(2), Seq(3)}, {Seq(4), Seq(4)}}).oldest_seq, Seq(4));
    EXPECT_EQ(tail.unread(other, bert, from(1), false).last, Seq());
}

}  // namespace
}  // namespace obrol::sqlite
