// For the tests of this folder: running a coroutine to its end on an event loop.
#pragma once

#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "io/event_loop.h"
#include "io/task.h"
#include "io/timer.h"

namespace obrol::testing {

// Long enough for a slow machine under a sanitizer; only a broken test waits for it.
inline constexpr Duration patience = std::chrono::seconds(20);

// An event loop with the system's clock.
struct LoopFixture {
    SystemClock clock;
    EventLoop loop{clock};
};

template <class T>
Task<void> keep_result(EventLoop& loop, Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
    loop.stop();
}

// Runs the loop until `task` ends; fails the test when that takes longer than `patience`.
template <class T>
std::optional<T> run(EventLoop& loop, Task<T> task) {
    std::optional<T> result;
    Gate gate("test");
    Timer guard(loop);
    guard.start_after(patience, [] {
        ADD_FAILURE() << "the coroutine did not end";
        std::abort();
    });
    gate.spawn(keep_result(loop, std::move(task), result));
    loop.run();
    guard.cancel();
    return result;
}

inline Task<bool> then_true(Task<void> task) {
    co_await std::move(task);
    co_return true;
}

inline void run(EventLoop& loop, Task<void> task) {
    run(loop, then_true(std::move(task)));
}

}  // namespace obrol::testing
