// One line in the log about something that may happen thousands of times: at once, and then not more often than the
// pause, with how often it happened meanwhile. A crowd at the door must not fill the log.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "io/timer.h"

namespace obrol {

class PacedLog {
  public:
    static constexpr Duration pause = std::chrono::seconds(10);

    // `write` gets how often it happened since its last call. All on the thread of `timers`, which must outlive it.
    PacedLog(TimerService& timers, std::move_only_function<void(std::size_t times)> write)
        : write_(std::move(write)), pause_(timers) {}

    void note(std::size_t times = 1) {
        times_ += times;
        if (!pause_.active()) flush();
    }
    // No more lines; what was not written yet is not.
    void stop() { pause_.cancel(); }

  private:
    void flush() {
        write_(std::exchange(times_, 0));
        pause_.start_after(pause, [this] {
            if (times_ > 0) flush();
        });
    }

    std::move_only_function<void(std::size_t)> write_;
    std::size_t times_ = 0;
    Timer pause_;
};

}  // namespace obrol
