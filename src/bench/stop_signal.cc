#include "bench/stop_signal.h"

#include <poll.h>
#include <sys/signalfd.h>

#include "base/check.h"

namespace obrol::bench {

StopSignal::StopSignal() {
    sigset_t stopping;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGINT);
    sigaddset(&stopping, SIGTERM);
    OBROL_CHECK(sigprocmask(SIG_BLOCK, &stopping, &previous_) == 0);
    descriptor_ = FileDescriptor(signalfd(-1, &stopping, SFD_NONBLOCK | SFD_CLOEXEC));
    OBROL_CHECK(descriptor_);
}

StopSignal::~StopSignal() {
    sigprocmask(SIG_SETMASK, &previous_, nullptr);
}

bool StopSignal::raised() const {
    // Never read from the descriptor: the pending signal is what keeps it raised.
    pollfd waiting{descriptor_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace obrol::bench
