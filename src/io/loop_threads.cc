#include "io/loop_threads.h"

#include <utility>

#include "base/check.h"

namespace obrol {

LoopThreads::LoopThreads(Executor& home, const Clock& clock, std::size_t loops, std::string name)
    : home_(home), name_(std::move(name)) {
    for (std::size_t i = 0; i < loops; ++i)
        loops_.push_back(std::make_unique<EventLoop>(clock));
}

LoopThreads::~LoopThreads() {
    stop();
}

std::vector<Executor*> LoopThreads::executors() const {
    std::vector<Executor*> executors;
    for (const std::unique_ptr<EventLoop>& loop : loops_)
        executors.push_back(loop.get());
    return executors;
}

void LoopThreads::start() {
    OBROL_CHECK(!threads_);
    if (loops_.empty()) return;
    threads_.emplace(home_, ThreadPool::Options{.name = name_, .threads = loops_.size()});
    for (const std::unique_ptr<EventLoop>& loop : loops_)
        threads_->submit([&running = *loop] { running.run(); }, [] {});
}

void LoopThreads::stop() {
    if (!threads_) return;
    for (const std::unique_ptr<EventLoop>& loop : loops_)
        loop->stop();
    threads_.reset();
}

}  // namespace obrol
