// A work queue without threads: the work runs inside submit(). For tests, simulated worlds and for work that is cheaper
// done on the loop's own thread than handed over.
#pragma once

#include <utility>

#include "io/executor.h"
#include "io/work_queue.h"

namespace obrol {

class InlineWorkQueue final : public WorkQueue {
  public:
    // `home` must outlive it.
    explicit InlineWorkQueue(Executor& home) : home_(home) {}
    void submit(Job work, Job done) override {
        work();
        home_.post(std::move(done));
    }
    void submit_from(Executor& caller, Job work, Job done) override {
        work();
        caller.post(std::move(done));
    }

  private:
    Executor& home_;
};

}  // namespace obrol
