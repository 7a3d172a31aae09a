#include "io/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace obrol {
namespace {

Descriptor open_signals(std::initializer_list<int> signals) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : signals)
        OBROL_CHECK(::sigaddset(&set, signal) == 0);
    OBROL_CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
    Descriptor descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    OBROL_CHECK(descriptor);
    return descriptor;
}

}  // namespace

SignalSet::SignalSet(EventLoop& loop, std::initializer_list<int> signals) : descriptor_(loop, open_signals(signals)) {}

Task<int> SignalSet::next() {
    while (!descriptor_.is_closed()) {
        signalfd_siginfo info;
        const ssize_t size = ::read(descriptor_.get(), &info, sizeof info);
        if (size == static_cast<ssize_t>(sizeof info)) co_return static_cast<int>(info.ssi_signo);
        co_await descriptor_.wait();
    }
    co_return 0;
}

}  // namespace obrol
