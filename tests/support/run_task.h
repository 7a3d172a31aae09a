// Running a coroutine to its end in a test.
#pragma once

#include <gtest/gtest.h>
#include <optional>
#include <utility>

#include "io/deterministic_executor.h"
#include "io/task.h"

namespace obrol {

// For a gate: `value` is set once `task` has ended.
template <class T>
Task<void> keep_value(Task<T> task, std::optional<T>& value) {
    T result = co_await std::move(task);
    value.emplace(std::move(result));
}

// Runs `executor` until it has nothing to do before its time goes on; the task has to end meanwhile.
template <class T>
T run_until_idle(DeterministicExecutor& executor, Task<T> task) {
    std::optional<T> value;
    Gate gate("task of a test");
    gate.spawn(keep_value(std::move(task), value));
    executor.run_until_idle();
    EXPECT_TRUE(value.has_value()) << "the task waits for something that does not come";
    return std::move(value).value();
}
inline void run_until_idle(DeterministicExecutor& executor, Task<void> task) {
    Gate gate("task of a test");
    gate.spawn(std::move(task));
    executor.run_until_idle();
    EXPECT_EQ(gate.running(), 0u) << "the task waits for something that does not come";
}

}  // namespace obrol
