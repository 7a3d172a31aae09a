#include "storage/group_commit.h"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>

#include "tests/support/group_commit_fixture.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;

TEST_F(GroupCommitTest, WhatOneTurnBringsGoesIntoOneBatch) {
    executor.post([&] { submit(1); });
    executor.post([&] {
        submit(2);
        EXPECT_TRUE(store.batches.empty()) << "the turn is not over";
    });
    executor.post([&] { submit(3); });
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 1u);
    EXPECT_EQ(sessions_in(0), (Numbers{1, 2, 3}));
    EXPECT_TRUE(answered.empty());
    finish();
    EXPECT_EQ(answered, (Numbers{1, 2, 3}));
}

TEST_F(GroupCommitTest, EachGetsItsOwnResult) {
    submit(7);
    submit(8);
    submit(9);
    executor.run_until_idle();
    std::vector<ChangeResult> results{Done{}, std::unexpected(ChatError::not_found), SessionCreated{SessionId(5)}};
    store.finish(std::move(results));
    executor.run_until_idle();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<Done>(answers[0].value()));
    EXPECT_EQ(answers[1].error(), ChatError::not_found);
    EXPECT_EQ(std::get<SessionCreated>(answers[2].value()).session, SessionId(5));
}

TEST_F(GroupCommitTest, TheNextBatchGathersWhileOneIsUnderWay) {
    submit(1);
    executor.run_until_idle();
    submit(2);
    executor.run_until_idle();
    submit(3);
    executor.run_until_idle();
    ASSERT_EQ(store.batches.size(), 1u);
    finish();
    ASSERT_EQ(store.batches.size(), 2u);
    EXPECT_EQ(sessions_in(1), (Numbers{2, 3}));
    EXPECT_EQ(answered, (Numbers{1}));
    finish();
    EXPECT_EQ(answered, (Numbers{1, 2, 3}));
    EXPECT_FALSE(store.is_under_way());
}

Task<void> submit_after_answer(GroupCommit& group) {
    for (std::int64_t session = 1; session <= 3; ++session) {
        const ChangeResult result = co_await group.submit(ending(session));
        EXPECT_TRUE(result.has_value());
    }
}

TEST_F(GroupCommitTest, AnAnsweredOneMaySubmitAgain) {
    gate.spawn(submit_after_answer(*group));
    executor.run_until_idle();
    for (std::size_t batch = 0; batch < 3; ++batch) {
        ASSERT_EQ(store.batches.size(), batch + 1);
        EXPECT_EQ(sessions_in(batch), (Numbers{static_cast<std::int64_t>(batch) + 1}));
        finish();
    }
    EXPECT_EQ(gate.running(), 0u);
}

Task<void> await_later(GroupCommit& group, DeterministicExecutor& executor, std::vector<std::int64_t>& order) {
    GroupCommit::Submission early = group.submit(ending(1));
    const ChangeResult second = co_await group.submit(ending(2));
    order.push_back(std::get<SessionCreated>(second.value()).session.value);
    co_await sleep_for(executor, milliseconds(5));
    const ChangeResult first = co_await early;
    order.push_back(std::get<SessionCreated>(first.value()).session.value);
}

TEST_F(GroupCommitTest, ThePlaceIsTakenWhenSubmittingNotWhenAwaiting) {
    std::vector<std::int64_t> order;
    gate.spawn(await_later(*group, executor, order));
    executor.run_until_idle();
    EXPECT_EQ(sessions_in(0), (Numbers{1, 2}));
    finish();
    executor.run_for(milliseconds(5));
    EXPECT_EQ(order, (Numbers{store.place(1), store.place(0)}));
}

TEST_F(GroupCommitTest, ABatchTakesSoManyAndNoMore) {
    make({.batch_changes_max = 3});
    for (std::int64_t session = 1; session <= 7; ++session)
        submit(session);
    executor.run_until_idle();
    EXPECT_EQ(sessions_in(0), (Numbers{1, 2, 3}));
    finish();
    EXPECT_EQ(sessions_in(1), (Numbers{4, 5, 6}));
    finish();
    EXPECT_EQ(sessions_in(2), (Numbers{7}));
    finish();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(store.batches.size(), 3u);
}

TEST_F(GroupCommitTest, IsFullWhenSoManyWaitForAsLongAsTheyTake) {
    make({.batch_changes_max = 2, .waiting_changes_max = 3});
    submit(1);
    executor.run_until_idle();
    submit(2);
    submit(3);
    EXPECT_EQ(group->is_full_for(), std::nullopt) << "what is under way does not wait";
    submit(4);
    EXPECT_EQ(group->is_full_for(), milliseconds(10)) << "nothing is known about how long it takes";
    submit(5);
    executor.run_for(milliseconds(100));
    finish();
    EXPECT_EQ(sessions_in(1), (Numbers{2, 3}));
    EXPECT_EQ(group->is_full_for(), std::nullopt);
    submit(6);
    EXPECT_EQ(group->is_full_for(), milliseconds(200)) << "two batches";
    executor.run_for(std::chrono::hours(1));
    finish();
    submit(7);
    submit(8);
    EXPECT_EQ(group->is_full_for(), std::chrono::seconds(10));
    finish();
    finish();
    finish();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(GroupCommitTest, AFailedWriteRefusesItsBatchOnly) {
    submit(1);
    submit(2);
    executor.run_until_idle();
    submit(3);
    store.finish(write_failed());
    executor.run_until_idle();
    ASSERT_EQ(answered, (Numbers{1, 2}));
    for (const ChangeResult& answer : answers)
        EXPECT_EQ(answer.error(), ChatError::not_stored);
    finish();
    ASSERT_EQ(answered, (Numbers{1, 2, 3}));
    EXPECT_TRUE(answers[2].has_value());
    EXPECT_TRUE(fatal.empty());
}

TEST_F(GroupCommitTest, AFailedSyncAnswersNobodyEverAgain) {
    Task<void> under_way = submit_and_record(1);
    Task<void> gathered = submit_and_record(2);
    Task<void> later = submit_and_record(3);
    {
        // Not by a gate: these tasks never end, and are thrown away with the frames that wait in them.
        const auto start = [](Task<void>& task) { (std::move(task).operator co_await()).handle.resume(); };
        start(under_way);
        executor.run_until_idle();
        start(gathered);
        group->submit_lazily(fetched(1, 1, 1));
        store.finish(sync_failed());
        executor.run_until_idle();
        EXPECT_EQ(fatal, (std::vector<std::string>{"sync: I/O error"}));
        start(later);
    }
    group->submit_lazily(fetched(1, 1, 2));
    executor.run_for(std::chrono::seconds(10));
    EXPECT_TRUE(answered.empty());
    EXPECT_EQ(store.batches.size(), 1u);
    EXPECT_EQ(fatal.size(), 1u);
    drain();
    EXPECT_EQ(drained, 1);
}

// So that whoever has his answer goes on while the others get theirs; a batch that ends meanwhile has to wait.
TEST_F(GroupCommitTest, AnswersSoManyInATurnAndInTheOrderOfTheCommits) {
    make({.answers_per_turn_max = 2});
    for (std::int64_t session = 1; session <= 6; ++session)
        submit(session);
    executor.run_until_idle();
    store.finish();
    executor.step();
    EXPECT_EQ(answered, (Numbers{1, 2}));
    submit(7);
    drain();
    executor.step();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, 4}));
    EXPECT_EQ(sessions_in(1), (Numbers{7})) << "the next batch does not wait for the answers";
    store.finish();
    executor.step();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(drained, 0);
    executor.run_until_idle();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(drained, 1);
}

TEST_F(GroupCommitTest, AFailedSyncEndsTheAnswersThatAreLeftOfEarlierBatches) {
    make({.answers_per_turn_max = 1});
    {
        std::vector<Task<void>> tasks;  // as above
        const auto start = [&](std::int64_t session) {
            tasks.push_back(submit_and_record(session));
            std::move(tasks.back()).operator co_await().handle.resume();
        };
        for (std::int64_t session = 1; session <= 4; ++session)
            start(session);
        executor.run_until_idle();
        store.finish();
        executor.step();
        start(5);
        executor.step();
        ASSERT_TRUE(store.is_under_way());
        store.finish(sync_failed());
        executor.run_until_idle();
        EXPECT_EQ(fatal.size(), 1u);
        EXPECT_EQ(answered, (Numbers{1, 2, 3}));
    }
    drain();
    EXPECT_EQ(drained, 1);
}

TEST_F(GroupCommitTest, WhoeverIsAnsweredMayDrainAndDestroyIt) {
    gate.spawn(submit_drain_and_destroy());
    submit(2);
    executor.run_until_idle();
    finish();
    EXPECT_EQ(drained, 1);
    EXPECT_EQ(answered, Numbers{2});
    EXPECT_EQ(group, nullptr);
}

// Notes the result, or that it went away without one.
class Noted final : public GroupCommit::Continuation {
  public:
    Noted(std::int64_t session, std::vector<std::int64_t>& answered, std::vector<std::int64_t>& gone)
        : session_(session), answered_(answered), gone_(gone) {}
    ~Noted() override { gone_.push_back(session_); }

  private:
    void committed(ChangeResult&& result) override { answered_.push_back(result ? session_ : -session_); }

    const std::int64_t session_;
    std::vector<std::int64_t>& answered_;
    std::vector<std::int64_t>& gone_;
};

TEST_F(GroupCommitTest, AContinuationIsAnsweredInItsPlaceAndGone) {
    Numbers gone;
    submit(1);
    group->submit(ending(2), std::make_unique<Noted>(2, answered, gone));
    submit(3);
    executor.run_until_idle();
    EXPECT_EQ(sessions_in(0), (Numbers{1, 2, 3}));
    EXPECT_TRUE(gone.empty());
    finish();
    EXPECT_EQ(answered, (Numbers{1, 2, 3}));
    EXPECT_EQ(gone, (Numbers{2}));
    group->submit(ending(4), std::make_unique<Noted>(4, answered, gone));
    executor.run_until_idle();
    store.finish(write_failed());
    executor.run_until_idle();
    EXPECT_EQ(answered, (Numbers{1, 2, 3, -4})) << "not stored";
    EXPECT_EQ(gone, (Numbers{2, 4}));
}

TEST_F(GroupCommitTest, AFailedSyncEndsContinuationsUnanswered) {
    Numbers gone;
    make({.answers_per_turn_max = 1});
    for (std::int64_t session = 1; session <= 2; ++session)
        group->submit(ending(session), std::make_unique<Noted>(session, answered, gone));
    executor.run_until_idle();
    store.finish();
    executor.step();  // answers the first
    group->submit(ending(3), std::make_unique<Noted>(3, answered, gone));
    executor.step();
    group->submit(ending(4), std::make_unique<Noted>(4, answered, gone));
    ASSERT_TRUE(store.is_under_way());
    store.finish(sync_failed());
    executor.run_until_idle();
    EXPECT_EQ(fatal.size(), 1u);
    EXPECT_EQ(answered, (Numbers{1, 2}));
    EXPECT_EQ(gone, (Numbers{1, 2, 3, 4}));
    group->submit(ending(5), std::make_unique<Noted>(5, answered, gone));
    EXPECT_EQ(gone.size(), 5u) << "nothing is stored any more";
}

TEST_F(GroupCommitTest, DrainingWaitsForWhatIsUnderWayAndGathered) {
    drain();
    EXPECT_EQ(drained, 1) << "nothing to wait for";
    submit(1);
    drain();
    executor.run_until_idle();
    submit(2);
    group->submit_lazily(fetched(1, 1, 5));
    drain();
    executor.run_until_idle();
    EXPECT_EQ(drained, 1);
    finish();
    EXPECT_EQ(drained, 1);
    EXPECT_EQ(seqs_in(1), (Numbers{-1, 5}));
    finish();
    EXPECT_EQ(drained, 3);
    EXPECT_EQ(answered, (Numbers{1, 2}));
}

Task<void> drain_and_destroy(std::unique_ptr<GroupCommit>& group) {
    co_await group->drain();
    group.reset();
}

TEST_F(GroupCommitTest, MayBeDestroyedOnceDrained) {
    submit(1);
    gate.spawn(drain_and_destroy(group));
    executor.run_until_idle();
    finish();
    EXPECT_EQ(group, nullptr);
    EXPECT_EQ(answered, (Numbers{1}));
}

}  // namespace
}  // namespace obrol
