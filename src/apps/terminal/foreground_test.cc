#include "apps/terminal/foreground.h"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io/timer.h"

namespace obrol {
namespace {

class Pipe {
  public:
    Pipe() { OBROL_CHECK(::pipe(ends_.data()) == 0); }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    int reading_end() const { return ends_[0]; }
    void write() const { OBROL_CHECK(::write(ends_[1], "xy", 2) == 2); }

  private:
    std::array<int, 2> ends_{};
};

Task<int> answer_later(EventLoop& loop) {
    co_await sleep_for(loop, std::chrono::milliseconds(1));
    co_return 42;
}

TEST(Foreground, RunsATaskToItsEnd) {
    const SystemClock clock;
    Foreground foreground(clock);
    EXPECT_EQ(foreground.run(answer_later(foreground.loop())), 42);
    EXPECT_EQ(foreground.run(answer_later(foreground.loop())), 42);
}

TEST(Foreground, TimersRunWhileItWaitsForInputAndWhatIsLeftCanBeReadAgain) {
    const SystemClock clock;
    Foreground foreground(clock);
    const Pipe pipe;
    Timer timer(foreground.loop());
    timer.start_after(std::chrono::milliseconds(1), [&pipe] { pipe.write(); });
    EXPECT_TRUE(foreground.wait_for_input(pipe.reading_end()));
    char byte = 0;
    EXPECT_EQ(::read(pipe.reading_end(), &byte, 1), 1);
    EXPECT_TRUE(foreground.wait_for_input(pipe.reading_end()));
    EXPECT_FALSE(foreground.is_interrupted());
}

TEST(Foreground, AnInterruptionEndsTheWaitForInput) {
    const SystemClock clock;
    Foreground foreground(clock);
    const Pipe pipe;
    int interruptions = 0;
    foreground.on_interrupt = [&interruptions] { ++interruptions; };
    ::raise(SIGINT);
    EXPECT_FALSE(foreground.wait_for_input(pipe.reading_end()));
    EXPECT_TRUE(foreground.is_interrupted());
    EXPECT_EQ(interruptions, 1);
    EXPECT_EQ(foreground.run(answer_later(foreground.loop())), 42);
}

TEST(Foreground, OtherSignalsDoNotInterrupt) {
    const SystemClock clock;
    Foreground foreground(clock);
    int resizes = 0;
    int returns = 0;
    foreground.on_resize = [&resizes] { ++resizes; };
    foreground.on_continue = [&returns] { ++returns; };
    ::raise(SIGWINCH);
    ::raise(SIGCONT);
    EXPECT_EQ(foreground.run(answer_later(foreground.loop())), 42);
    EXPECT_EQ(resizes, 1);
    EXPECT_EQ(returns, 1);
    EXPECT_FALSE(foreground.is_interrupted());
}

}  // namespace
}  // namespace obrol
