#include "io/deterministic_executor.h"

#include <utility>

#include "base/check.h"

namespace obrol {

DeterministicExecutor::DeterministicExecutor(std::uint64_t seed, WallTime start) : random_(seed) {
    clock_.start = start;
}

void DeterministicExecutor::post(Job job) {
    OBROL_CHECK(is_current());
    posted_.push_back(std::move(job));
}

void DeterministicExecutor::at_end_of_turn(Job job) {
    OBROL_CHECK(is_current());
    end_of_turn_.push_back(std::move(job));
}

bool DeterministicExecutor::is_ready() const {
    return !posted_.empty() || !end_of_turn_.empty() || (!timers_.empty() && timers_.earliest() <= clock_.now);
}

void DeterministicExecutor::turn() {
    OBROL_CHECK(!in_turn_);
    in_turn_ = true;
    timers_.fire_due(clock_.now);
    taken_.swap(posted_);
    for (Job& job : taken_)
        std::exchange(job, nullptr)();
    taken_.clear();
    while (!end_of_turn_.empty()) {
        Job job = std::move(end_of_turn_.front());
        end_of_turn_.pop_front();
        job();
    }
    in_turn_ = false;
}

bool DeterministicExecutor::step() {
    if (!is_ready()) {
        if (timers_.empty()) return false;
        clock_.now = timers_.earliest();
    }
    turn();
    return true;
}

void DeterministicExecutor::run_until_idle() {
    while (is_ready())
        turn();
}

void DeterministicExecutor::run_until(MonotonicTime until) {
    OBROL_CHECK(until >= clock_.now);
    for (;;) {
        run_until_idle();
        if (timers_.empty() || timers_.earliest() > until) break;
        clock_.now = timers_.earliest();
    }
    clock_.now = until;
}

}  // namespace obrol
