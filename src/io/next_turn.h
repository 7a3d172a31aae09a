// co_await NextTurn{executor}: the coroutine goes on in a later turn of the loop, never inside the stack of a caller,
// and after the others that are ready.
#pragma once

#include <coroutine>

#include "io/executor.h"

namespace obrol {

struct NextTurn {
    Executor& executor;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const {
        executor.post([waiting] { waiting.resume(); });
    }
    void await_resume() const {}
};

}  // namespace obrol
