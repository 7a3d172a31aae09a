// Event loops with a thread for each.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/event_loop.h"
#include "io/thread_pool.h"

namespace obrol {

class LoopThreads {
  public:
    // `home` is the executor of whoever starts and stops them, and outlives them, as `clock` does. `name`: of the
    // threads, as tools show it; the kernel keeps 15 bytes. With no loop at all there is nothing to start.
    LoopThreads(Executor& home, const Clock& clock, std::size_t loops, std::string name);
    // Stops them.
    ~LoopThreads();
    LoopThreads(const LoopThreads&) = delete;
    LoopThreads& operator=(const LoopThreads&) = delete;

    // In the order of their making; they live as long as this object.
    std::vector<Executor*> executors() const;
    // From now on the loops run. On home's thread, once. Threads that cannot be started end the program.
    void start();
    // Each loop finishes its turn; then its thread is gone, and what belongs to the loop may be used from here. Waits
    // for that. On home's thread, any number of times.
    void stop();

  private:
    Executor& home_;
    std::string name_;
    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::optional<ThreadPool> threads_;
};

}  // namespace obrol
