#include "apps/terminal/foreground.h"

#include <csignal>
#include <cstdlib>

namespace obrol {
namespace {

// What shells report for a program that a signal ended.
constexpr int signal_exit_base = 128;

}  // namespace

Foreground::Foreground(const Clock& clock)
    : loop_(clock), signals_(loop_, {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT}) {
    hearing_.spawn(hear_signals(*this));
}

Foreground::~Foreground() {
    signals_.close();
    run(hearing_.close());
}

Task<void> Foreground::hear_signals(Foreground& self) {
    for (;;) {
        const int signal = co_await self.signals_.next();
        if (signal == 0) co_return;
        if (signal == SIGWINCH) {
            self.on_resize();
        } else if (signal == SIGCONT) {
            self.on_continue();
        } else {
            if (self.interrupted_) std::_Exit(signal_exit_base + signal);
            self.interrupted_ = true;
            self.on_interrupt();
            self.loop_.stop();
        }
    }
}

bool Foreground::wait_for_input(int fd) {
    readable_ = false;
    if (interrupted_ || !loop_.watch(fd, *this)) return !interrupted_;
    while (!readable_ && !interrupted_)
        loop_.run();
    loop_.forget(fd, *this);
    return !interrupted_;
}

void Foreground::on_readable(bool) {
    readable_ = true;
    loop_.stop();
}

}  // namespace obrol
