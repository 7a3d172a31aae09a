// Signals as something a coroutine waits for.
#pragma once

#include <initializer_list>

#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/task.h"

namespace obrol {

class SignalSet {
  public:
    // Blocks `signals` for the calling thread and those it starts later: so construct it before any other thread. They
    // stay blocked when the set is gone, because one that comes during the last steps of a shutdown must not kill.
    SignalSet(EventLoop& loop, std::initializer_list<int> signals);

    // The number of the next signal; 0 after close(). Several of one number may arrive as one. One waiter.
    Task<int> next();
    // The waiter resumes in the next turn. Idempotent.
    void close() { descriptor_.close(); }

  private:
    WatchedDescriptor descriptor_;
};

}  // namespace obrol
