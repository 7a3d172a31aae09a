// Counts a server's sync calls from outside, with strace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "bench/scratch_directory.h"
#include "bench/server_process.h"

namespace obrol::bench {

// Calls of fsync, fdatasync and the like in the table that `strace -c` prints.
std::uint64_t sync_calls_in(std::string_view strace_summary);

// Counts from start() to finish(); slows the server down meanwhile.
class SyncCounter {
  public:
    // Attaches to all threads of `server`. The error says what is missing.
    static Result<SyncCounter> start(pid_t server, const std::string& data_root, const Clock& clock,
                                     const StopSignal& interrupted);
    Result<std::uint64_t> finish();

  private:
    SyncCounter(ScratchDirectory directory, ServerProcess tracer)
        : directory_(std::move(directory)), tracer_(std::move(tracer)) {}

    ScratchDirectory directory_;
    ServerProcess tracer_;
};

}  // namespace obrol::bench
