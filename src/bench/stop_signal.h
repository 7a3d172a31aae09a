// Ctrl-C and SIGTERM as something to wait for, so that a run that is broken off still stops its servers and removes
// their data.
#pragma once

#include <signal.h>

#include "bench/file_descriptor.h"

namespace obrol::bench {

// While one exists SIGINT and SIGTERM do not end the program. Made before any thread; one per program.
class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    // Readable from the first signal on.
    int descriptor() const { return descriptor_.get(); }
    bool raised() const;

  private:
    sigset_t previous_{};
    FileDescriptor descriptor_;
};

}  // namespace obrol::bench
