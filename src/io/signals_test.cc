#include "io/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <vector>

#include "io/testing.h"

namespace obrol {
namespace {

Task<void> collect(SignalSet& signals, std::vector<int>& seen) {
    for (;;) {
        const int signal = co_await signals.next();
        seen.push_back(signal);
        if (signal == 0) break;
        if (signal == SIGUSR1) ::raise(SIGUSR2);
        if (signal == SIGUSR2) signals.close();
    }
}

TEST(SignalSet, DeliversWhatIsPendingAndWhatComesAndEndsWhenClosed) {
    testing::LoopFixture on;
    SignalSet signals(on.loop, {SIGUSR1, SIGUSR2});
    ::raise(SIGUSR1);
    std::vector<int> seen;
    testing::run(on.loop, collect(signals, seen));
    EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGUSR2, 0}));
}

TEST(SignalSet, CloseResumesTheWaiter) {
    testing::LoopFixture on;
    SignalSet signals(on.loop, {SIGUSR1});
    on.loop.post([&signals] { signals.close(); });
    EXPECT_EQ(testing::run(on.loop, signals.next()), 0);
}

}  // namespace
}  // namespace obrol
