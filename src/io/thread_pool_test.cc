#include "io/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "io/testing.h"

namespace obrol {
namespace {

TEST(ThreadPool, OneThreadWorksInOrderAndCompletionsComeHome) {
    constexpr int items = 2'000;
    testing::LoopFixture on;
    ThreadPool pool(on.loop, {.name = "one"});
    std::vector<int> worked;
    std::vector<int> done;
    bool at_home = true;
    bool away = true;
    for (int i = 0; i < items; ++i) {
        pool.submit(
            [&, i] {
                away = away && !on.loop.is_current();
                worked.push_back(i);
            },
            [&, i] {
                at_home = at_home && on.loop.is_current();
                done.push_back(i);
                if (i == items - 1) on.loop.stop();
            });
    }
    on.loop.run();
    EXPECT_EQ(worked.size(), static_cast<std::size_t>(items));
    EXPECT_TRUE(std::is_sorted(worked.begin(), worked.end()));
    EXPECT_EQ(done, worked);
    EXPECT_TRUE(at_home);
    EXPECT_TRUE(away);
}

TEST(ThreadPool, BriefWorkIsDoneAtOnceWhenNothingElseIsUnderWay) {
    testing::LoopFixture on;
    ThreadPool pool(on.loop, {.name = "one"});
    std::string trace;
    const std::thread::id home = std::this_thread::get_id();
    bool here = false;
    bool there = false;
    pool.submit_brief([&] { here = std::this_thread::get_id() == home, trace += "a"; }, [&] { trace += "A"; });
    EXPECT_EQ(trace, "a");  // done in the call, completed later
    EXPECT_TRUE(here);
    // The first is not completed yet, so this one takes its turn on the worker.
    pool.submit_brief([&] { there = std::this_thread::get_id() != home; },
                      [&] {
                          trace += "B";
                          pool.submit_brief([&] { trace += "c"; },
                                            [&] {
                                                trace += "C";
                                                on.loop.stop();
                                            });
                          trace += "b";
                      });
    on.loop.run();
    EXPECT_EQ(trace, "aABcbC");
    EXPECT_TRUE(there);
}

TEST(ThreadPool, SeveralThreadsWorkAtTheSameTime) {
    testing::LoopFixture on;
    ThreadPool pool(on.loop, {.name = "two", .threads = 2});
    std::atomic<int> met = 0;
    int done = 0;
    for (int i = 0; i < 2; ++i) {
        pool.submit(
            [&met] {
                // Ends only when the other one runs too.
                ++met;
                for (int seen = met.load(); seen < 2; seen = met.load())
                    met.wait(seen);
                met.notify_all();
            },
            [&] {
                if (++done == 2) on.loop.stop();
            });
    }
    on.loop.run();
    EXPECT_EQ(done, 2);
}

TEST(ThreadPool, WorkForAnotherExecutorIsDoneThere) {
    testing::LoopFixture home;
    testing::LoopFixture other;
    ThreadPool pool(home.loop, {.name = "shared"});
    std::thread::id worked_on;
    bool done = false;
    pool.submit_from(
        other.loop, [&] { worked_on = std::this_thread::get_id(); },
        [&] {
            done = other.loop.is_current();
            other.loop.stop();
        });
    other.loop.run();
    EXPECT_TRUE(done);
    EXPECT_NE(worked_on, std::this_thread::get_id());
}

TEST(ThreadPool, DestroyingItFinishesTheWork) {
    testing::LoopFixture on;
    int worked = 0;
    int done = 0;
    {
        ThreadPool pool(on.loop, {.name = "ending"});
        for (int i = 0; i < 100; ++i)
            pool.submit([&worked] { ++worked; }, [&done] { ++done; });
    }
    EXPECT_EQ(worked, 100);
    EXPECT_EQ(done, 0);
    on.loop.post([&] { on.loop.stop(); });
    on.loop.run();
    EXPECT_EQ(done, 100);
}

Task<std::unique_ptr<std::string>> ask(ThreadPool& pool, int& niceness) {
    auto work = pool.run([&niceness] {
        niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
        return std::make_unique<std::string>("worked");
    });
    co_return co_await work;
}

TEST(ThreadPool, CoroutinesAwaitWorkOnNiceThreads) {
    testing::LoopFixture on;
    const int own = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    ThreadPool pool(on.loop, {.name = "a name longer than the kernel keeps", .threads = 1, .niceness = 19});
    int niceness = own;
    const auto answer = testing::run(on.loop, ask(pool, niceness));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(**answer, "worked");
    EXPECT_EQ(niceness, 19);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), own);
}

}  // namespace
}  // namespace obrol
