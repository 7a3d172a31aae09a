// Threads that do blocking work in the order of submission.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "io/executor.h"
#include "io/work_queue.h"

namespace obrol {

class ThreadPool final : public WorkQueue {
  public:
    struct Options {
        std::string name;  // of its threads, as tools show it; the kernel keeps 15 bytes
        std::size_t threads = 1;
        // Added to the threads' nice value (1 to 19: they yield to the loops); a refusal by the kernel is ignored.
        std::optional<int> niceness = std::nullopt;
    };
    // Completions run on `home`, which must outlive the pool; those of one moment arrive as one job. Threads that
    // cannot be started end the program.
    ThreadPool(Executor& home, Options options);
    // Finishes what was submitted and joins the threads; the last completions are then posted to `home`, which may run
    // them after the pool is gone.
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    void submit(Job work, Job done) override;
    void submit_brief(Job work, Job done) override;
    void submit_from(Executor& caller, Job work, Job done) override;

  private:
    struct Item {
        Job work;
        Job done;
        Executor* caller = nullptr;  // where `done` runs; null: on the home executor
    };
    class Completions;

    void add(Item item);
    void run_worker(const Options& options);

    const std::shared_ptr<Completions> completions_;
    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<Item> items_;
    bool closing_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace obrol
