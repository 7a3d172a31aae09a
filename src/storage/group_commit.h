// Gathers changes into batches: while one batch is being synced, the next gathers (DESIGN section 3, step 5). Never
// sleeps to gather; what one turn of the loop brings goes into one batch, which starts at the end of that turn.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/executor.h"
#include "io/task.h"
#include "storage/store.h"

namespace obrol {

class GroupCommit {
  public:
    struct Options {
        // How many waiting changes one batch takes, and how many lazy ones beside them.
        std::size_t batch_changes_max = 4096;
        // So many answers are given in one turn of the loop: whoever has his can go on while the others get theirs.
        std::size_t answers_per_turn_max = 128;
        // So many changes may wait for a batch before is_full_for() says that there are enough.
        std::size_t waiting_changes_max = 32'768;
        // Changes that need not be durable ride along with others; alone they wait at most so long.
        Duration lazy_delay_max = std::chrono::milliseconds(200);
    };
    // Called once when nobody can say what is stored: must end the process. No answer is given to anybody afterwards.
    // Must not destroy the GroupCommit.
    using OnFatal = std::function<void(const std::string& what)>;

    // All of them must outlive this object; its methods belong to `executor`'s thread.
    GroupCommit(Executor& executor, Store& store, Options options, OnFatal on_fatal);
    // Nothing may be under way: drain() first.
    ~GroupCommit();
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    // Whoever is to get the result of a change once it is committed and synced: not_stored when its batch could not be
    // written.
    class Waiter {
      public:
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

      protected:
        Waiter() = default;
        virtual ~Waiter() = default;

      private:
        friend GroupCommit;
        // Ends the wait; `this` may be gone afterwards.
        virtual void answer(ChangeResult&& result) = 0;
        // After a fatal failure: no answer comes.
        virtual void give_up() = 0;
    };
    // A change that has its place in the commit order; co_await it once, at any time: a result that lives as long as
    // this. After a fatal failure it never resumes; only then may it be destroyed before its answer has come. Stays
    // where it was made.
    class [[nodiscard]] Submission final : private Waiter {
      public:
        ~Submission() override { OBROL_CHECK(!pending_); }

        bool await_ready() const { return result_.has_value(); }
        void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
        ChangeResult&& await_resume() { return *std::move(result_); }

      private:
        friend GroupCommit;
        Submission(GroupCommit& group, Change&& change);
        void answer(ChangeResult&& result) override;
        void give_up() override { pending_ = false; }

        std::coroutine_handle<> waiting_;
        std::optional<ChangeResult> result_;
        bool pending_ = false;
    };
    // What is done with the result where no coroutine waits for it. Destroyed after it, and unanswered after a fatal
    // failure.
    class Continuation : public Waiter {
      public:
        ~Continuation() override = default;

      private:
        friend GroupCommit;
        // Between the other answers of its commit: has to be quick.
        virtual void committed(ChangeResult&& result) = 0;
        void answer(ChangeResult&& result) final;
        void give_up() final { delete this; }
    };
    // Changes are decided in the order of these calls.
    Submission submit(Change&& change) { return Submission(*this, std::move(change)); }
    void submit(Change&& change, std::unique_ptr<Continuation> continuation);
    // None: another change is welcome. Otherwise so many wait that who can wait had better submit his after this time:
    // about what it takes to carry them out, 10 ms to 10 s. submit() takes changes all the same.
    std::optional<Duration> is_full_for() const;
    // Rides along with the next batch; nobody waits for it. Of several for one cursor only the furthest is carried out.
    // One whose batch could not be written rides along again, but starts no batch of its own.
    void submit_lazily(AdvanceCursor change);
    // The same; of several for one session only the latest.
    void submit_lazily(NoteSessionUse change);
    // The same; of several for one server only the furthest.
    void submit_lazily(AcknowledgeOutbox change);

    // Commits what was submitted, lazily too, and waits until nothing is under way. Call before the store goes away.
    // Ends after a fatal failure as well.
    Task<void> drain();

    // How many batches have been committed.
    std::uint64_t commits() const { return commits_; }

  private:
    class Idle;
    // A batch that has ended, while it is being answered.
    struct Ended {
        std::vector<Waiter*> waiting;
        // Empty: nothing was stored.
        std::vector<ChangeResult> results;
        std::size_t next = 0;
    };
    using Cursor = std::tuple<UserId, ConversationId, AdvanceCursor::Which>;

    // Changes, and who waits for those that are not lazy: they come first, in the same order.
    struct Batch {
        std::vector<Change> changes;
        std::vector<Waiter*> waiting;
    };

    void gather(Change&& change, Waiter& waiter);
    void wake();
    void start_batch();
    Task<void> run();
    void answer_some();
    Batch take_gathered();
    std::vector<Change> take_lazy();
    void keep_furthest(const AdvanceCursor& change);
    void keep_furthest(const NoteSessionUse& change);
    void keep_furthest(const AcknowledgeOutbox& change);
    void start_lazy_timer();
    std::size_t lazy_changes() const { return lazy_cursors_.size() + lazy_uses_.size() + lazy_places_.size(); }
    void give_up(const std::vector<Waiter*>& unanswered, const std::string& what);
    bool is_idle() const;
    void resume_drainers_if_idle();

    Executor& executor_;
    Store& store_;
    Options options_;
    OnFatal on_fatal_;
    std::deque<Batch> gathering_;    // full but for the last one; none is empty
    std::size_t waiting_ = 0;        // in all of them
    std::size_t last_gathered_ = 0;  // of the batch that was taken last
    std::deque<Ended> ended_;        // in the order of their commits
    std::map<Cursor, Seq> lazy_cursors_;
    std::map<SessionId, WallTime> lazy_uses_;
    std::map<ServerId, OutboxPlace> lazy_places_;
    Timer lazy_timer_;
    bool lazy_due_ = false;
    std::vector<std::coroutine_handle<>> drainers_;
    Gate gate_{"group commit"};
    std::uint64_t commits_ = 0;
    Duration batch_took_{};  // the latest one
    bool running_ = false;
    bool scheduled_ = false;
    bool failed_ = false;
};

}  // namespace obrol
