#include "io/task.h"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "io/deterministic_executor.h"
#include "io/event_loop.h"
#include "io/testing.h"

namespace obrol {
namespace {

Task<int> number(int value) {
    co_return value;
}

Task<std::unique_ptr<std::string>> boxed(std::string text) {
    co_return std::make_unique<std::string>(std::move(text));
}

Task<int> broken() {
    throw std::runtime_error("broken");
    co_return 0;
}

Task<void> broken_deep(DeterministicExecutor& executor) {
    co_await sleep_for(executor, std::chrono::seconds(1));
    co_await broken();
}

// Resumes when the test says so.
struct Switch {
    std::coroutine_handle<> waiting;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
    void await_resume() const {}
    void flip() { std::exchange(waiting, {}).resume(); }
};

Task<void> wait_for(Switch& ready) {
    co_await ready;
}

TEST(Task, StartsOnlyWhenAwaited) {
    bool started = false;
    struct Local {
        static Task<void> start(bool& flag) {
            flag = true;
            co_return;
        }
        static Task<void> await(Task<void> task) { co_await std::move(task); }
    };
    Task<void> task = Local::start(started);
    EXPECT_FALSE(started);
    Gate gate("test");
    gate.spawn(Local::await(std::move(task)));
    EXPECT_TRUE(started);
}

TEST(Task, ReturnsValuesAlsoMoveOnlyOnes) {
    struct Local {
        static Task<void> run(int& sum, std::string& text) {
            const int one = co_await number(1);
            const int two = co_await number(2);
            sum = one + two;
            const std::unique_ptr<std::string> box = co_await boxed("kept");
            text = *box;
        }
    };
    int sum = 0;
    std::string text;
    Gate gate("test");
    gate.spawn(Local::run(sum, text));
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(text, "kept");
}

TEST(Task, ExceptionsTravelToTheAwaiterAlsoLater) {
    struct Local {
        static Task<void> run(DeterministicExecutor& executor, std::vector<std::string>& caught) {
            try {
                co_await broken();
            } catch (const std::runtime_error& error) {
                caught.push_back(error.what());
            }
            try {
                co_await broken_deep(executor);
            } catch (const std::runtime_error& error) {
                caught.push_back(error.what());
            }
        }
    };
    DeterministicExecutor executor(1);
    std::vector<std::string> caught;
    Gate gate("test");
    gate.spawn(Local::run(executor, caught));
    EXPECT_EQ(caught.size(), 1u);
    executor.run_for(std::chrono::seconds(1));
    EXPECT_EQ(caught, (std::vector<std::string>{"broken", "broken"}));
}

Task<void> keep_finished(Task<std::unique_ptr<std::string>>& task, std::string& into) {
    auto finished = task.finished();
    co_await finished;
    into = *task.value();
}

TEST(Task, TheValueOfAFinishedOneStaysInIt) {
    Task<std::unique_ptr<std::string>> task = boxed("halo");
    std::string text;
    Gate gate("test");
    gate.spawn(keep_finished(task, text));
    EXPECT_EQ(text, "halo");
    EXPECT_EQ(*task.value(), "halo");
}

Task<void> note_trouble(Task<int>& task, std::string& into) {
    try {
        auto finished = task.finished();
        co_await finished;
    } catch (const std::runtime_error& trouble) {
        into = trouble.what();
    }
}

TEST(Task, WhoWaitsForOneToFinishGetsItsException) {
    Task<int> task = broken();
    std::string what;
    Gate gate("test");
    gate.spawn(note_trouble(task, what));
    EXPECT_EQ(what, "broken");
}

TEST(Task, AMillionThatFinishAtOnceDoNotGrowTheStack) {
    struct Local {
        static Task<void> run(long& sum) {
            for (int i = 0; i < 1'000'000; ++i)
                sum += co_await number(i);
        }
    };
    long sum = 0;
    Gate gate("test");
    gate.spawn(Local::run(sum));
    EXPECT_EQ(sum, 499'999'500'000);
}

Task<int> answer_on(EventLoop& other, int value) {
    co_await other.enter();
    co_return value;
}

Task<int> ask(EventLoop& home, EventLoop& other, int times) {
    int sum = 0;
    for (int i = 0; i < times; ++i) {
        sum += co_await answer_on(other, 1);
        co_await home.enter();
        EXPECT_TRUE(home.is_current());
    }
    co_return sum;
}

TEST(Task, MayFinishOnAnotherThread) {
    testing::LoopFixture home;
    testing::LoopFixture other;
    std::thread thread([&other] { other.loop.run(); });
    EXPECT_EQ(testing::run(home.loop, ask(home.loop, other.loop, 20'000)), 20'000);
    other.loop.stop();
    thread.join();
}

TEST(Gate, CloseWaitsForEveryTask) {
    struct Local {
        static Task<void> close(Gate& gate, bool& closed) {
            co_await gate.close();
            closed = true;
        }
    };
    Gate gate("tasks");
    Gate outer("outer");
    Switch first;
    Switch second;
    bool closed = false;
    EXPECT_TRUE(gate.spawn(wait_for(first)));
    EXPECT_TRUE(gate.spawn(wait_for(second)));
    EXPECT_EQ(gate.running(), 2u);
    outer.spawn(Local::close(gate, closed));
    EXPECT_TRUE(gate.is_closed());
    first.flip();
    EXPECT_FALSE(closed);
    EXPECT_EQ(gate.running(), 1u);
    second.flip();
    EXPECT_TRUE(closed);
}

TEST(Gate, ClosingAnEmptyOneEndsAtOnceAndLetsNobodyIn) {
    struct Local {
        static Task<void> close(Gate& gate, bool& closed) {
            co_await gate.close();
            closed = true;
        }
    };
    Gate gate("tasks");
    Gate outer("outer");
    bool closed = false;
    outer.spawn(Local::close(gate, closed));
    EXPECT_TRUE(closed);
    Switch never;
    EXPECT_FALSE(gate.spawn(wait_for(never)));
    EXPECT_EQ(never.waiting, nullptr);
}

// Sets its flag when it goes.
struct Farewell {
    bool* flag;
    explicit Farewell(bool& gone) : flag(&gone) {}
    Farewell(Farewell&& other) noexcept : flag(std::exchange(other.flag, nullptr)) {}
    ~Farewell() {
        if (flag != nullptr) *flag = true;
    }
};

TEST(Gate, AnEndedTasksParametersAreGoneWhenTheCloserResumes) {
    struct Local {
        static Task<void> hold(Switch& ready, Farewell) { co_await ready; }
        static Task<void> close(Gate& gate, const bool& gone, bool& was_gone) {
            co_await gate.close();
            was_gone = gone;
        }
    };
    auto gate = std::make_unique<Gate>("tasks");
    Gate outer("outer");
    Switch ready;
    bool gone = false;
    bool was_gone = false;
    gate->spawn(Local::hold(ready, Farewell(gone)));
    outer.spawn(Local::close(*gate, gone, was_gone));
    ready.flip();
    EXPECT_TRUE(was_gone);
}

TEST(Gate, TheCloserMayDestroyIt) {
    struct Local {
        static Task<void> close(std::unique_ptr<Gate>& gate) {
            co_await gate->close();
            gate.reset();
        }
    };
    auto gate = std::make_unique<Gate>("tasks");
    Gate outer("outer");
    Switch ready;
    gate->spawn(wait_for(ready));
    outer.spawn(Local::close(gate));
    ready.flip();
    EXPECT_EQ(gate, nullptr);
}

TEST(GateDeathTest, AnEscapingExceptionNamesTheGateAndAborts) {
    struct Local {
        static Task<void> fail() { co_await broken(); }
    };
    EXPECT_DEATH(
        {
            Gate gate("mail room");
            gate.spawn(Local::fail());
        },
        "mail room.*broken");
}

}  // namespace
}  // namespace obrol
