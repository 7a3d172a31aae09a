#include "server/output_queue.h"

#include <gtest/gtest.h>
#include <string>

#include "io/deterministic_executor.h"
#include "tests/support/memory_stream.h"

namespace obrol {
namespace {

std::shared_ptr<SharedText> shared_text(BufferTotal& total, std::string bytes) {
    auto text = std::make_shared<SharedText>(total);
    text->append([&](std::string& out) { out = std::move(bytes); });
    return text;
}

SharedPart whole(const std::shared_ptr<SharedText>& text) {
    return {text, 0, text->text().size()};
}

std::string read_all(MemoryStream& stream) {
    std::string all(stream.incoming_bytes(), '\0');
    if (all.empty()) return all;
    EXPECT_EQ(stream.read_some(all).bytes, all.size());
    return all;
}

struct OutputQueueTest : testing::Test {
    DeterministicExecutor executor{1};
    std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends =
        MemoryStream::make_pair(executor, {.buffer_bytes = 1000});
    MemoryStream& near = *ends.first;
    MemoryStream& far = *ends.second;
    BufferTotal total;
    EventBatch batch{total};
    OutputQueue queue;
    std::vector<std::uint64_t> marks;
};

TEST_F(OutputQueueTest, KeepsTheOrderOfOwnAndSharedBytes) {
    const auto large = shared_text(total, std::string(600, 's'));
    const auto small = shared_text(total, "small ");
    queue.tail() += "one ";
    queue.append_shared(whole(small));
    queue.append_shared(whole(large));
    queue.tail() += " two";
    EXPECT_EQ(queue.bytes(), 4 + 6 + 600 + 4u);
    EXPECT_EQ(large.use_count(), 2) << "a large batch is shared, not copied";
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::ok);
    EXPECT_EQ(read_all(far), "one small " + std::string(600, 's') + " two");
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(large.use_count(), 1);
}

TEST_F(OutputQueueTest, GoesOnWhereTheStreamStopped) {
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        const auto chunk =
            shared_text(total, std::string(512 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
        queue.append_shared(whole(chunk));
        queue.tail() += "<" + std::to_string(i) + ">";
        expected += chunk->text() + "<" + std::to_string(i) + ">";
    }
    std::string got;
    int rounds = 0;
    while (queue.write_to(near, marks) == IoStatus::would_block) {
        EXPECT_EQ(queue.bytes(), expected.size() - got.size() - far.incoming_bytes());
        got += read_all(far);
        // Appending to a queue that is half written does not disturb it.
        queue.tail() += "!";
        expected += "!";
        ++rounds;
    }
    got += read_all(far);
    EXPECT_GT(rounds, 100);
    EXPECT_EQ(got, expected);
    EXPECT_EQ(queue.taken(), expected.size());
}

TEST_F(OutputQueueTest, AMarkIsTakenWithTheLastByteBeforeIt) {
    queue.tail() += std::string(1000, 'a');
    queue.add_mark(1);
    queue.tail() += "b";
    queue.add_mark(2);
    queue.add_mark(3);
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::would_block);
    EXPECT_EQ(marks, (std::vector<std::uint64_t>{1}));
    read_all(far);
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::ok);
    EXPECT_EQ(marks, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_TRUE(queue.drop_marks().empty());
}

TEST_F(OutputQueueTest, MarksBehindABrokenStreamAreDropped) {
    queue.tail() += std::string(1001, 'a');
    queue.add_mark(7);
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::would_block);
    near.reset();
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::failed);
    EXPECT_TRUE(marks.empty());
    EXPECT_EQ(queue.drop_marks(), (std::vector<std::uint64_t>{7}));
    EXPECT_TRUE(queue.drop_marks().empty());
}

TEST_F(OutputQueueTest, KnowsWhatItHoldsAloneUntilItIsWrittenOrDropped) {
    const auto large = shared_text(total, std::string(1500, 's'));
    queue.tail() += std::string(700, 'o');
    queue.append_shared(whole(large));
    queue.tail() += "tail";
    EXPECT_EQ(queue.own_bytes(), 700u) << "a few bytes fit into the queue itself";
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::would_block);
    EXPECT_EQ(queue.own_bytes(), 0u) << "the first 1000 bytes are written, all own ones but the last among them";
    queue.tail() += std::string(300, 'o');
    EXPECT_GE(queue.own_bytes(), 300u);
    queue.drop_bytes();
    EXPECT_EQ(queue.own_bytes(), 0u);
    EXPECT_EQ(queue.bytes(), 0u);
    EXPECT_EQ(large.use_count(), 1);
}

// Followers of one batch, as the connections of a group are.
struct FollowedBatchTest : OutputQueueTest {
    OutputQueue other;

    void SetUp() override {
        batch.begin(std::make_shared<const std::vector<ListenerId>>(std::vector<ListenerId>{1, 2}));
    }
    // Says an event; returns who had to be told.
    std::vector<ListenerId> say(const std::string& event, bool they_follow = true) {
        const std::size_t begin = batch.size();
        batch.append([&](std::string& text) { text += event; });
        std::vector<ListenerId> told;
        batch.tell([&](ListenerId listener) {
            told.push_back(listener);
            if (they_follow) (listener == 1 ? queue : other).follow(batch, begin, listener);
            return they_follow;
        });
        return told;
    }
    std::string written(OutputQueue& of) {
        EXPECT_EQ(of.write_to(near, marks), IoStatus::ok);
        return read_all(far);
    }
};

TEST_F(FollowedBatchTest, BringsWhatIsAppendedLaterWithoutAWord) {
    EXPECT_EQ(say("a").size(), 2u);
    EXPECT_TRUE(say("b").empty());
    EXPECT_TRUE(say("c").empty());
    EXPECT_EQ(queue.bytes(), 3u);
    EXPECT_EQ(written(queue), "abc");
    EXPECT_EQ(written(other), "abc");
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.taken(), 3u);
}

TEST_F(FollowedBatchTest, WhoeverDoesNotFollowIsToldOfEachEvent) {
    EXPECT_EQ(say("a", false).size(), 2u);
    EXPECT_EQ(say("b").size(), 2u);
    EXPECT_EQ(written(queue), "b");
}

TEST_F(FollowedBatchTest, OwnBytesStandWhereTheyWereAppended) {
    queue.tail() += "1";
    say("a");
    say("b");
    queue.tail() += "2";
    EXPECT_EQ(queue.bytes(), 4u);
    EXPECT_EQ(say("c"), std::vector<ListenerId>{1}) << "the other one still follows";
    EXPECT_EQ(queue.bytes(), 5u);
    EXPECT_EQ(written(queue), "1ab2c");
    EXPECT_EQ(written(other), "abc");
}

TEST_F(FollowedBatchTest, WhatAStreamDoesNotTakeIsSharedAndStays) {
    say(std::string(400, 'a'));
    say(std::string(1400, 'b'));
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::would_block);
    EXPECT_EQ(queue.bytes(), 800u);
    EXPECT_EQ(queue.own_bytes(), 0u) << "the batch is shared";
    EXPECT_EQ(say("c").size(), 1u) << "whoever was written follows no longer";
    const std::size_t of_first_batch = total.bytes();
    other.drop_bytes();
    queue.stop_following();
    batch.begin(batch.listeners());
    say(std::string(100, 'd'));
    EXPECT_GT(total.bytes(), of_first_batch) << "what is held is not written over";
    std::string got = read_all(far);
    EXPECT_EQ(queue.write_to(near, marks), IoStatus::ok);
    got += read_all(far);
    EXPECT_EQ(got, std::string(400, 'a') + std::string(1400, 'b') + "c" + std::string(100, 'd'));
}

TEST_F(FollowedBatchTest, WhatIsDroppedFollowsNoLonger) {
    say("a");
    queue.drop_bytes();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(say("b"), std::vector<ListenerId>{1});
}

TEST_F(FollowedBatchTest, AnotherBatchComesBehindTheFirst) {
    EventBatch next{total};
    next.begin(batch.listeners());
    say("a");
    say("b");
    next.append([](std::string& text) { text += "x"; });
    queue.follow(next, 0, 1);
    next.append([](std::string& text) { text += "y"; });
    say("c");
    EXPECT_EQ(written(queue), "abxyc");
}

}  // namespace
}  // namespace obrol
