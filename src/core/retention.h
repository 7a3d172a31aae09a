// Erases what is older than its group keeps it: texts and files, not who came and went. Looks again and again, in
// slices, and remembers in memory how far it came; after a restart it passes over what is erased already.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>

#include "base/log.h"
#include "base/result.h"
#include "io/task.h"
#include "io/timer.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

class Retention {
  public:
    struct Options {
        Duration interval = std::chrono::minutes(10);
        std::size_t slice_entries_max = 200;  // of one read and of one batch
        std::size_t slice_bytes_max = 1024 * 1024;
    };
    // No file names that blob any more.
    using OnUnusedBlob = std::function<void(const BlobDigest& blob)>;

    // All of them must outlive it.
    Retention(Store& store, GroupCommit& commits, TimerService& timers, Logger& logger, Options options,
              OnUnusedBlob on_unused_blob);

    // Looks after every interval from now on.
    void start();
    // Ends that; what is under way ends after its slice.
    Task<void> stop();

  private:
    Task<void> sweep();
    Task<Result<void>> sweep_all();
    Task<Result<void>> sweep(Group group);
    // True: there may be more to erase.
    Task<Result<bool>> erase_slice(ConversationId group, WallTime before);

    Store& store_;
    GroupCommit& commits_;
    TimerService& timers_;
    Logger& logger_;
    const Options options_;
    const OnUnusedBlob on_unused_blob_;
    std::map<ConversationId, Seq> erased_upto_;
    Timer timer_;
    Gate gate_{"retention"};
};

}  // namespace obrol
