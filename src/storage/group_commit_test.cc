#include "storage/group_commit.h"

#include <coroutine>
#include <gtest/gtest.h>
#include <memory>
#include <variant>

#include "io/deterministic_executor.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using Outcome = std::expected<std::vector<ChangeResult>, StoreFailure>;

// Records the batches and ends each one when the test says so. What is not under test is not implemented.
class HeldStore final : public Store {
  public:
    explicit HeldStore(Executor& executor) : executor_(executor) {}

    Task<Outcome> append(std::vector<Change> batch) override {
        EXPECT_FALSE(waiting_) << "a second batch began before the first had ended";
        batches.push_back(std::move(batch));
        co_await Held{*this};
        co_return std::exchange(outcome_, Outcome());
    }
    // Ends the batch under way in a turn of the executor, each change answered by its place in the batch.
    void finish() {
        std::vector<ChangeResult> results;
        const std::size_t size = batches.back().size();
        for (std::size_t i = 0; i < size; ++i)
            results.emplace_back(SessionCreated{SessionId(place(i))});
        finish(std::move(results));
    }
    void finish(Outcome outcome) {
        ASSERT_TRUE(waiting_);
        outcome_ = std::move(outcome);
        executor_.post([waiting = std::exchange(waiting_, {})] { waiting.resume(); });
    }
    bool is_under_way() const { return static_cast<bool>(waiting_); }
    std::int64_t place(std::size_t i) const { return static_cast<std::int64_t>(batches.size() * 100 + i); }

    Task<Result<std::optional<User>>> find_user(std::string) override { co_return fail("not under test"); }
    Task<Result<std::optional<User>>> find_user(UserId) override { co_return fail("not under test"); }
    Task<Result<std::optional<Session>>> find_session(Digest) override { co_return fail("not under test"); }
    Task<Result<UserPage>> list_users(std::string, std::size_t) override { co_return fail("not under test"); }
    Task<Result<std::vector<StoredSession>>> sessions_of(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<StoredSession>>> sessions_unused_since(WallTime, SessionId, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<Invitation>>> invitations() override { co_return fail("not under test"); }
    Task<Result<std::optional<Invitation>>> find_invitation(Digest) override { co_return fail("not under test"); }
    Task<Result<StoreCounts>> counts() override { co_return fail("not under test"); }
    Task<Result<std::vector<UserId>>> direct_peers(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<UserId>>> who_know(UserId, std::vector<UserId>) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<DirectConversation>>> find_direct(UserId, UserId) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<StoredGroup>>> find_group(std::string) override { co_return fail("not under test"); }
    Task<Result<std::optional<StoredGroup>>> find_group_by_code(std::string) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<StoredGroup>>> find_group(ConversationId) override { co_return fail("not under test"); }
    Task<Result<std::vector<Membership>>> groups_of(UserId) override { co_return fail("not under test"); }
    Task<Result<Visible>> visible(UserId, ConversationId) override { co_return fail("not under test"); }
    Task<Result<std::vector<UserId>>> banned(ConversationId) override { co_return fail("not under test"); }
    Task<Result<std::vector<Membership>>> list_groups(std::string, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<Group>>> groups_with_retention() override { co_return fail("not under test"); }
    Task<Result<std::vector<UserId>>> contacts(UserId) override { co_return fail("not under test"); }
    Task<Result<std::optional<StoredFile>>> find_file(std::string, UserId) override {
        co_return fail("not under test");
    }
    Task<Result<FilePage>> files_for(UserId, std::optional<ConversationId>, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<FilePage>> list_files(std::optional<UserId>, std::size_t) override { co_return fail("not under test"); }
    Task<Result<FileUsage>> file_usage(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<BlobDigest>>> blobs() override { co_return fail("not under test"); }
    Task<Result<bool>> is_blob_named(BlobDigest) override { co_return fail("not under test"); }
    void set_own_key(const PublicKey&) override {}
    Task<Result<std::optional<User>>> find_remote_user(ServerId, std::string) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<Server>>> servers() override { co_return fail("not under test"); }
    Task<Result<std::optional<StoredFile>>> find_file_for(ServerId, BlobDigest) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<FolderFile>>> folder_of(UserId) override { co_return fail("not under test"); }
    Task<Result<std::optional<FolderFile>>> find_folder_file(UserId, std::string) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<FolderFile>>> folder_files_to_place(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<UserId>>> folders_to_place() override { co_return fail("not under test"); }
    Task<Result<Seq>> shared_upto(ServerId, ConversationId) override { co_return fail("not under test"); }
    Task<Result<std::vector<LinkProgress>>> link_progress() override { co_return fail("not under test"); }
    Task<Result<std::optional<LinkProgress>>> link_progress(ServerId) override { co_return fail("not under test"); }
    Task<Result<std::vector<OutboxItem>>> outbox(ServerId, std::int64_t, std::size_t, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<OutboxItem>>> late_items(ServerId, WallTime, bool, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<OutboxFate>>> outbox_fate(ServerId, MessageId) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<std::int64_t>>> oldest_outbox_item(ServerId) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<SharedGroup>>> shared_groups(ServerId, bool) override { co_return fail("not under test"); }
    Task<Result<std::vector<ServerId>>> servers_of(ConversationId) override { co_return fail("not under test"); }
    Task<Result<bool>> is_recovering(ConversationId) override { co_return fail("not under test"); }
    Task<Result<std::vector<FormerKey>>> former_keys() override { co_return fail("not under test"); }
    Task<Result<std::vector<std::pair<ConversationId, GroupOrigin>>>> group_origins() override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<std::pair<Seq, EntrySignature>>>> signatures(EntryRange) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<StrangerRequest>>> stranger_requests(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<UnreadConversation>>> unread(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<EntryPage>>> read(std::vector<EntryRange>, std::size_t) override {
        co_return fail("not under test");
    }

    std::vector<std::vector<Change>> batches;

  private:
    struct Held {
        HeldStore& store;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) const { store.waiting_ = waiting; }
        void await_resume() const {}
    };

    Executor& executor_;
    std::coroutine_handle<> waiting_;
    Outcome outcome_;
};

Change ending(std::int64_t session) {
    return EndSession{SessionId(session)};
}
AdvanceCursor fetched(std::int64_t user, std::int64_t conversation, std::int64_t seq) {
    return {UserId(user), ConversationId(conversation), AdvanceCursor::Which::fetched, Seq(seq)};
}
Outcome write_failed() {
    return std::unexpected(StoreFailure{StoreFailure::Kind::write_failed, "disk full"});
}
Outcome sync_failed() {
    return std::unexpected(StoreFailure{StoreFailure::Kind::sync_failed, "sync: I/O error"});
}

class GroupCommitTest : public testing::Test {
  protected:
    GroupCommitTest() { make({}); }

    void make(GroupCommit::Options options) {
        group = std::make_unique<GroupCommit>(executor, store, options,
                                              [this](const std::string& what) { fatal.push_back(what); });
    }
    // Submits ending(session) and records the answer under the session's number.
    void submit(std::int64_t session) { gate.spawn(submit_and_record(session)); }
    Task<void> submit_and_record(std::int64_t session) {
        const ChangeResult result = co_await group->submit(ending(session));
        answered.push_back(session);
        answers.push_back(result);
    }
    void drain() { gate.spawn(drain_and_note()); }
    Task<void> drain_and_note() {
        co_await group->drain();
        ++drained;
    }
    Task<void> submit_drain_and_destroy() {
        const ChangeResult result = co_await group->submit(ending(1));
        EXPECT_TRUE(result.has_value());
        co_await group->drain();
        ++drained;
        group.reset();
    }
    std::vector<std::int64_t> sessions_in(std::size_t batch) {
        std::vector<std::int64_t> sessions;
        for (const Change& change : store.batches.at(batch)) {
            const auto* end = std::get_if<EndSession>(&change);
            sessions.push_back(end ? end->session.value : -1);
        }
        return sessions;
    }
    std::vector<std::int64_t> seqs_in(std::size_t batch) {
        std::vector<std::int64_t> seqs;
        for (const Change& change : store.batches.at(batch)) {
            const auto* cursor = std::get_if<AdvanceCursor>(&change);
            seqs.push_back(cursor ? cursor->seq.value : -1);
        }
        return seqs;
    }
    void finish() {
        store.finish();
        executor.run_until_idle();
    }

    using Numbers = std::vector<std::int64_t>;

    DeterministicExecutor executor{1};
    HeldStore store{executor};
    Gate gate{"test"};
    std::vector<std::string> fatal;
    std::unique_ptr<GroupCommit> group;
    Numbers answered;
    std::vector<ChangeResult> answers;
    int drained = 0;
};

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

TEST_F(GroupCommitTest, LazyChangesWaitAloneForTheirDelay) {
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

TEST_F(GroupCommitTest, LazyChangesRideAlong) {
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

TEST_F(GroupCommitTest, OnlyTheFurthestOfACursorIsCarriedOut) {
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

TEST_F(GroupCommitTest, OfSeveralUsesOfASessionTheLatestIsNoted) {
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

TEST_F(GroupCommitTest, OfSeveralAcknowledgementsOfAServerTheFurthestIsCarriedOut) {
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

TEST_F(GroupCommitTest, LazyChangesOfAFailedBatchRideAgainButStartNone) {
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

TEST_F(GroupCommitTest, LazyChangesBeyondABatchFollowAtOnce) {
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

TEST_F(GroupCommitTest, LazyChangesBeyondAFailedBatchStartNoneEither) {
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

TEST_F(GroupCommitTest, DrainingDoesNotWaitForADiskToHaveRoomAgain) {
    group->submit_lazily(fetched(1, 1, 5));
    drain();
    executor.run_until_idle();
    store.finish(write_failed());
    executor.run_until_idle();
    EXPECT_EQ(drained, 1);
    EXPECT_EQ(store.batches.size(), 1u);
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
