// A listener that is handed its connections and its troubles.
#pragma once

#include <coroutine>
#include <deque>
#include <memory>
#include <utility>

#include "io/network.h"

namespace obrol {

class HandedListener final : public Listener {
  public:
    using Accepted = Result<std::unique_ptr<Stream>>;

    Task<Accepted> accept(Executor&) override {
        struct Arrival {
            HandedListener& listener;
            bool await_ready() const { return listener.closed || !listener.arrivals.empty(); }
            void await_suspend(std::coroutine_handle<> waiting) const { listener.waiting = waiting; }
            void await_resume() const {}
        };
        ++accepts;
        co_await Arrival{*this};
        if (closed) co_return fail("closed");
        Accepted next = std::move(arrivals.front());
        arrivals.pop_front();
        co_return next;
    }
    Endpoint local() const override { return {"127.0.0.1", 4321}; }
    bool is_closed() const override { return closed; }
    void close() override {
        closed = true;
        wake();
    }
    void hand(Accepted arrival) {
        arrivals.push_back(std::move(arrival));
        wake();
    }
    void wake() {
        if (waiting) std::exchange(waiting, {}).resume();
    }

    std::deque<Accepted> arrivals;
    std::coroutine_handle<> waiting;
    bool closed = false;
    int accepts = 0;
};

}  // namespace obrol
