// What a server's disk holds, read as the server itself would read it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/deterministic_executor.h"
#include "storage/sqlite/options.h"
#include "tests/sim/checker.h"
#include "tests/sim/disk/recording_vfs.h"
#include "tests/sim/group_checker.h"

namespace obrol {

// Where a simulated server keeps its store, with limits so low that a short run indexes and checkpoints.
SqliteOptions simulated_store_options(const RecordingDisk& disk);

struct CheckedStore {
    std::vector<CheckedConversation> conversations;
    std::vector<CheckedGroup> groups;
    CheckedContacts contacts;
};

// Verifies the store on `disk` (which must not be in use) as store_dump does, opens it as a server does, and reads
// every conversation among `users` and those who are called so on other servers, their contacts and every group. The
// error says what the store has to complain about: damage, gaps, an index that disagrees with the log.
Result<CheckedStore> read_stored(const RecordingDisk& disk, const std::vector<std::string>& users);

// Runs the world of `executor` until the task has ended.
template <class T>
T run_to_end(DeterministicExecutor& executor, Task<T> task);

namespace detail {

template <class T>
Task<void> run_into(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
}

}  // namespace detail

template <class T>
T run_to_end(DeterministicExecutor& executor, Task<T> task) {
    std::optional<T> result;
    Gate gate("a task that is run to its end");
    gate.spawn(detail::run_into(std::move(task), result));
    while (!result)
        OBROL_CHECK(executor.step());
    return std::move(*result);
}

}  // namespace obrol
