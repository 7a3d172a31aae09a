// Gathers changes into batches: while one batch is being synced, the next gathers (DESIGN section 3, step 5). Never
// sleeps to gather; what one turn of the loop brings goes into one batch.
#pragma once

#include <chrono>
#include <coroutine>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/executor.h"
#include "io/task.h"
#include "storage/store.h"

namespace obrol {

class GroupCommit {
  public:
    struct Options {
        std::size_t batch_changes_max = 4096;
        // Changes that need not be durable ride along with others; alone they wait at most so long.
        Duration lazy_delay_max = std::chrono::milliseconds(200);
    };
    // Called once when nobody can say what is stored: must end the process. No answer is given to anybody afterwards.
    using OnFatal = std::function<void(const std::string& what)>;

    // All of them must outlive this object; its methods belong to `executor`'s thread.
    GroupCommit(Executor& executor, Store& store, Options options, OnFatal on_fatal);
    ~GroupCommit();

    // A change on its way. It has its place in the commit order from the moment submit() returns; awaiting it gives the
    // change's own result once that is committed and synced: not_stored when its batch could not be written. After a
    // fatal failure it never resumes. Stays where it was made until it was awaited.
    class Submission;
    Submission submit(Change change);
    // Rides along with the next batch; nobody waits for it.
    void submit_lazily(AdvanceCursor change);

    // Commits what was submitted lazily and waits until nothing is under way. Call before the store goes away.
    Task<void> drain();

  private:
    void wake();
    Task<void> run();

    Executor& executor_;
    Store& store_;
    Options options_;
    OnFatal on_fatal_;
    // Position i of `gathering_changes_` belongs to position i of `gathering_`.
    std::vector<Change> gathering_changes_;
    std::vector<Submission*> gathering_;
    std::vector<AdvanceCursor> lazy_;
    Timer lazy_timer_;
    Gate gate_{"group commit"};
    bool running_ = false;
    bool scheduled_ = false;
    bool failed_ = false;
};

class GroupCommit::Submission {
  public:
    Submission(const Submission&) = delete;
    Submission& operator=(const Submission&) = delete;
    // A submission that is dropped before its result came no longer waits for it; the change is carried out all the same.
    ~Submission();

    bool await_ready() const { return result_.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) { waiting_ = waiting; }
    ChangeResult await_resume() { return std::move(*result_); }

  private:
    friend class GroupCommit;
    Submission(GroupCommit& owner, Change change);

    GroupCommit& owner_;
    std::optional<ChangeResult> result_;
    std::coroutine_handle<> waiting_;
};

}  // namespace obrol
