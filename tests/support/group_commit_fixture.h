// A GroupCommit over a store whose batches end when the test says so.
#pragma once

#include <coroutine>
#include <expected>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "io/deterministic_executor.h"
#include "storage/group_commit.h"

namespace obrol {

// Records the batches and ends each one when the test says so. What is not under test is not implemented.
class HeldStore final : public Store {
  public:
    using Outcome = std::expected<std::vector<ChangeResult>, StoreFailure>;

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
    Task<Result<std::vector<std::optional<User>>>> find_users(std::vector<UserId>) override {
        co_return fail("not under test");
    }
    Task<Result<std::optional<Session>>> find_session(Digest) override { co_return fail("not under test"); }
    Task<Result<UserPage>> list_users(std::string, std::size_t) override { co_return fail("not under test"); }
    Task<Result<std::vector<StoredSession>>> sessions_of(UserId) override { co_return fail("not under test"); }
    Task<Result<std::vector<StoredSession>>> sessions_unused_since(WallTime, SessionId, std::size_t) override {
        co_return fail("not under test");
    }
    Task<Result<std::vector<Invitation>>> invitations() override { co_return fail("not under test"); }
    Task<Result<std::optional<Invitation>>> find_invitation(Digest) override { co_return fail("not under test"); }
    Task<Result<StoreCounts>> counts() override { co_return fail("not under test"); }
    Task<Result<bool>> has_admin() override { co_return fail("not under test"); }
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
    Task<Result<StoredHistory>> history(HistoryRange, std::size_t) override { co_return fail("not under test"); }

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

inline Change ending(std::int64_t session) {
    return EndSession{SessionId(session)};
}
inline AdvanceCursor fetched(std::int64_t user, std::int64_t conversation, std::int64_t seq) {
    return {UserId(user), ConversationId(conversation), AdvanceCursor::Which::fetched, Seq(seq)};
}
inline HeldStore::Outcome write_failed() {
    return std::unexpected(StoreFailure{StoreFailure::Kind::write_failed, "disk full"});
}
inline HeldStore::Outcome sync_failed() {
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

}  // namespace obrol
