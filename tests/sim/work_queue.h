// Blocking work in a simulated world: it runs on the one thread there is, at a moment that the seed draws, and is done
// some virtual time later. What a crash finds between the two is work whose effect is there and whose caller never
// heard of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "io/executor.h"
#include "io/work_queue.h"

namespace obrol {

class SimulatedWorkQueue final : public WorkQueue {
  public:
    struct Options {
        std::size_t workers = 1;
        // What a piece of work usually takes.
        Duration usual_min = std::chrono::microseconds(50);
        Duration usual_max = std::chrono::microseconds(800);
        // Rarely it takes longer, and very rarely much longer: a busy disk, another program on the machine.
        std::uint64_t slow_one_in = 40;
        Duration slow_max = std::chrono::milliseconds(12);
        std::uint64_t stall_one_in = 400;
        Duration stall_max = std::chrono::milliseconds(400);
    };

    // Both must outlive it. `after_work` (may be empty) is called whenever a piece of work has had its effect.
    SimulatedWorkQueue(Executor& home, Random& random, Options options, std::function<void()> after_work);
    // Does what was submitted and posts what is to be done after it.
    ~SimulatedWorkQueue() override;
    SimulatedWorkQueue(const SimulatedWorkQueue&) = delete;
    SimulatedWorkQueue& operator=(const SimulatedWorkQueue&) = delete;

    void submit(Job work, Job done) override;
    // There is one executor.
    void submit_from(Executor&, Job work, Job done) override { submit(std::move(work), std::move(done)); }

  private:
    struct Item;

    Duration draw_duration();
    void perform(Item& item);
    void finish(Item& item);

    Executor& home_;
    Random& random_;
    Options options_;
    std::function<void()> after_work_;
    std::vector<MonotonicTime> worker_free_at_;
    std::deque<std::unique_ptr<Item>> items_;  // in the order of submission
};

}  // namespace obrol
