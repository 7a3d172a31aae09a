#include "io/loop_threads.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <vector>

#include "io/testing.h"

namespace obrol {
namespace {

// On which thread each loop is; comes home in between.
Task<std::vector<std::thread::id>> visit(EventLoop& home, std::vector<Executor*> loops) {
    std::vector<std::thread::id> threads;
    for (Executor* const loop : loops) {
        co_await loop->enter();
        threads.push_back(std::this_thread::get_id());
        co_await home.enter();
    }
    co_return threads;
}

Task<bool> start_and_visit(EventLoop& home, LoopThreads& threads) {
    threads.start();
    const std::vector<std::thread::id> seen = co_await visit(home, threads.executors());
    std::set<std::thread::id> different(seen.begin(), seen.end());
    different.insert(std::this_thread::get_id());
    threads.stop();
    co_return different.size() == seen.size() + 1;
}

TEST(LoopThreads, EachLoopHasAThreadOfItsOwn) {
    for (const std::size_t count : {0u, 1u, 3u}) {
        testing::LoopFixture on;
        LoopThreads threads(on.loop, on.clock, count, "loops");
        ASSERT_EQ(threads.executors().size(), count);
        EXPECT_EQ(testing::run(on.loop, start_and_visit(on.loop, threads)), true);
        for (Executor* const loop : threads.executors())
            EXPECT_FALSE(loop->is_current()) << "nobody runs it any more, so it may be used from here";
        threads.stop();
    }
}

TEST(LoopThreads, WhatALoopHasBegunIsFinishedBeforeItStops) {
    testing::LoopFixture on;
    LoopThreads threads(on.loop, on.clock, 1, "loops");
    std::atomic<bool> has_begun = false;
    bool is_done = false;
    threads.executors().front()->post([&] {
        has_begun = true;
        has_begun.notify_one();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        is_done = true;
    });
    threads.start();
    has_begun.wait(false);
    threads.stop();
    EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace obrol
