// Blocking work away from the loop: store transactions, password hashing, name resolution.
#pragma once

#include <coroutine>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace obrol {

class Executor;

class WorkQueue {
  public:
    using Job = std::move_only_function<void()>;

    virtual ~WorkQueue() = default;

    // Runs `work` on a worker, in the order of submission when the queue has one worker, then `done` on the executor
    // the queue was made with. Destroying the queue finishes the work that was submitted. From that executor's thread.
    virtual void submit(Job work, Job done) = 0;
    // As submit(), for work so short, and so alone, that handing it to a worker would cost more than it delays the
    // caller: done inside this call where the queue has one worker and that has nothing to do. `done` still runs later.
    virtual void submit_brief(Job work, Job done) { submit(std::move(work), std::move(done)); }
    // As submit(), for whoever lives on another executor: called on its thread, and `done` runs there. A queue that is
    // used so takes no brief work.
    virtual void submit_from(Executor& caller, Job work, Job done) = 0;

    template <class Work>
    class Run;
    // co_await queue.run(work): work()'s result, back on the queue's executor. `work` must not throw.
    template <class Work>
    Run<Work> run(Work work) {
        return Run<Work>(*this, nullptr, std::move(work));
    }
    // The same with submit_from().
    template <class Work>
    Run<Work> run_from(Executor& caller, Work work) {
        return Run<Work>(*this, &caller, std::move(work));
    }
};

template <class Work>
class WorkQueue::Run {
  public:
    using Value = std::invoke_result_t<Work&>;

    // `caller` null: the queue's own executor.
    Run(WorkQueue& queue, Executor* caller, Work work) : queue_(queue), caller_(caller), work_(std::move(work)) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        // This awaiter lives in the waiting coroutine's frame, which stays until `done` resumes it.
        Job work = [this] { value_.emplace(work_()); };
        Job done = [waiting] { waiting.resume(); };
        caller_ ? queue_.submit_from(*caller_, std::move(work), std::move(done))
                : queue_.submit(std::move(work), std::move(done));
    }
    Value await_resume() { return std::move(*value_); }

  private:
    WorkQueue& queue_;
    Executor* caller_;
    Work work_;
    std::optional<Value> value_;
};

}  // namespace obrol
