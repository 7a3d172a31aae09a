// Changes that ride along with the batches of others.
#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>

#include "storage/group_commit.h"
#include "tests/support/group_commit_fixture.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using LazyChangesTest = GroupCommitTest;

TEST_F(LazyChangesTest, LazyChangesWaitAloneForTheirDelay) {
    make({.lazy_delay_max = milliseconds(200)});
    group->submit_lazily(fetched(1, 1, 5));
    executor.run_for(milliseconds(150));
    group->submit_lazily(fetched(2, 1, 6));
    executor.run_for(milliseconds(49));
    EXPECT_TRUE(store.batches.empty());
    executor.run_for(milliseconds(1));
    ASSERT_EQ(store.batches.size(), 1u) << "counted from the first of them";
    EXPECT_EQ(seqs_in(0), (Numbers{5, 6}));
    finish();
    executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(store.batches.size(), 1u) << "no timer is left behind";
}

TEST_F(LazyChangesTest, LazyChangesRideAlong) {
    group->submit_lazily(fetched(1, 1, 5));
    submit(1);
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 1u);
    EXPECT_EQ(seqs_in(0), (Numbers{-1, 5}));
    finish();
    executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(store.batches.size(), 1u);
    EXPECT_EQ(answered, (Numbers{1}));
}

TEST_F(LazyChangesTest, OnlyTheFurthestOfACursorIsCarriedOut) {
    group->submit_lazily(fetched(1, 1, 5));
    group->submit_lazily(fetched(1, 1, 9));
    group->submit_lazily(fetched(1, 1, 7));
    group->submit_lazily(fetched(1, 2, 3));
    group->submit_lazily(fetched(2, 1, 4));
    AdvanceCursor read = fetched(1, 1, 2);
    read.which = AdvanceCursor::Which::read;
    group->submit_lazily(read);
    drain();
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 1u);
    std::vector<std::int64_t> seqs = seqs_in(0);
    std::sort(seqs.begin(), seqs.end());
    EXPECT_EQ(seqs, (Numbers{2, 3, 4, 9}));
    finish();
}

TEST_F(LazyChangesTest, OfSeveralUsesOfASessionTheLatestIsNoted) {
    using std::chrono::days;
    const WallTime start{};
    group->submit_lazily(NoteSessionUse{SessionId(1), start + days(2)});
    group->submit_lazily(NoteSessionUse{SessionId(1), start + days(1)});
    group->submit_lazily(NoteSessionUse{SessionId(2), start + days(1)});
    group->submit_lazily(fetched(1, 1, 5));
    drain();
    executor.run_until_idle();
    store.finish(write_failed());
    executor.run_until_idle();
    group->submit_lazily(NoteSessionUse{SessionId(2), start + days(3)});
    drain();
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 2u) << "what was not written rides along again";
    ASSERT_EQ(store.batches[1].size(), 3u);
    EXPECT_EQ(std::get<AdvanceCursor>(store.batches[1][0]).seq, Seq(5));
    EXPECT_EQ(std::get<NoteSessionUse>(store.batches[1][1]).session, SessionId(1));
    EXPECT_EQ(std::get<NoteSessionUse>(store.batches[1][1]).at, start + days(2));
    EXPECT_EQ(std::get<NoteSessionUse>(store.batches[1][2]).session, SessionId(2));
    EXPECT_EQ(std::get<NoteSessionUse>(store.batches[1][2]).at, start + days(3));
    finish();
}

TEST_F(LazyChangesTest, OfSeveralAcknowledgementsOfAServerTheFurthestIsCarriedOut) {
    group->submit_lazily(AcknowledgeOutbox{ServerId(1), {1, 5}});
    group->submit_lazily(AcknowledgeOutbox{ServerId(1), {1, 3}});
    group->submit_lazily(AcknowledgeOutbox{ServerId(2), {1, 9}});
    drain();
    executor.run_until_idle();
    store.finish(write_failed());
    executor.run_until_idle();
    group->submit_lazily(AcknowledgeOutbox{ServerId(2), {2, 1}});
    drain();
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 2u) << "what was not written rides along again";
    ASSERT_EQ(store.batches[1].size(), 2u);
    EXPECT_EQ(std::get<AcknowledgeOutbox>(store.batches[1][0]).server, ServerId(1));
    EXPECT_EQ(std::get<AcknowledgeOutbox>(store.batches[1][0]).upto, (OutboxPlace{1, 5}));
    EXPECT_EQ(std::get<AcknowledgeOutbox>(store.batches[1][1]).upto, (OutboxPlace{2, 1})) << "of the later epoch";
    finish();
}

TEST_F(LazyChangesTest, LazyChangesOfAFailedBatchRideAgainButStartNone) {
    group->submit_lazily(fetched(1, 1, 5));
    group->submit_lazily(fetched(1, 2, 8));
    submit(1);
    executor.run_until_idle();
    group->submit_lazily(fetched(1, 2, 9));
    submit(2);
    store.finish(write_failed());
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 2u);
    EXPECT_EQ(seqs_in(1), (Numbers{-1, 5, 9}));
    store.finish(write_failed());
    executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(store.batches.size(), 2u);
    submit(3);
    executor.run_until_idle();
    EXPECT_EQ(seqs_in(2), (Numbers{-1, 5, 9}));
    finish();
}

TEST_F(LazyChangesTest, LazyChangesBeyondABatchFollowAtOnce) {
    make({.batch_changes_max = 2});
    for (std::int64_t conversation = 1; conversation <= 5; ++conversation)
        group->submit_lazily(fetched(1, conversation, conversation));
    executor.run_for(milliseconds(200));
    EXPECT_EQ(seqs_in(0), (Numbers{1, 2}));
    finish();
    EXPECT_EQ(seqs_in(1), (Numbers{3, 4}));
    finish();
    EXPECT_EQ(seqs_in(2), (Numbers{5}));
    finish();
    EXPECT_EQ(store.batches.size(), 3u);
}

TEST_F(LazyChangesTest, LazyChangesBeyondAFailedBatchStartNoneEither) {
    make({.batch_changes_max = 2});
    for (std::int64_t conversation = 1; conversation <= 5; ++conversation)
        group->submit_lazily(fetched(1, conversation, conversation));
    executor.run_for(milliseconds(200));
    store.finish(write_failed());
    executor.run_for(std::chrono::seconds(10));
    EXPECT_EQ(store.batches.size(), 1u);
    drain();
    for (std::size_t batch = 1; batch <= 3; ++batch) {
        executor.run_until_idle();
        ASSERT_EQ(store.batches.size(), batch + 1);
        finish();
    }
    EXPECT_EQ(drained, 1);
}

TEST_F(LazyChangesTest, DrainingDoesNotWaitForADiskToHaveRoomAgain) {
    group->submit_lazily(fetched(1, 1, 5));
    drain();
    executor.run_until_idle();
    store.finish(write_failed());
    executor.run_until_idle();
    EXPECT_EQ(drained, 1);
    EXPECT_EQ(store.batches.size(), 1u);
}

}  // namespace
}  // namespace obrol
