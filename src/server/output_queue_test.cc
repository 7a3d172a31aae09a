#include "server/output_queue.h"

#include <gtest/gtest.h>
#include <string>

#include "io/deterministic_executor.h"
#include "tests/support/memory_stream.h"

namespace obrol {
namespace {

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
    OutputQueue queue;
    std::vector<std::uint64_t> marks;
};

TEST_F(OutputQueueTest, KeepsTheOrderOfOwnAndSharedBytes) {
    const auto large = std::make_shared<const std::string>(600, 's');
    const auto small = std::make_shared<const std::string>("small ");
    queue.tail() += "one ";
    queue.append_shared(small);
    queue.append_shared(large);
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
        const auto chunk = std::make_shared<const std::string>(512 + i, static_cast<char>('a' + i % 26));
        queue.append_shared(chunk);
        queue.tail() += "<" + std::to_string(i) + ">";
        expected += *chunk + "<" + std::to_string(i) + ">";
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
    const auto large = std::make_shared<const std::string>(1500, 's');
    queue.tail() += std::string(700, 'o');
    queue.append_shared(large);
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

}  // namespace
}  // namespace obrol
