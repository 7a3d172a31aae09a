// Time as a seam: monotonic time for deadlines, wall time for what people read. Nothing outside base/ and io/ asks the
// operating system for either; a test turns a clock of its own.
#pragma once

#include <chrono>

namespace obrol {

using Duration = std::chrono::nanoseconds;

struct MonotonicEpoch {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonotonicEpoch>;
    static constexpr bool is_steady = true;
};
using MonotonicTime = std::chrono::time_point<MonotonicEpoch>;

// Milliseconds since 1970-01-01 UTC: the resolution in which obrol stores and shows time.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual MonotonicTime monotonic_now() const = 0;
    virtual WallTime wall_now() const = 0;
};

// The operating system's clocks; may be shared by all threads.
class SystemClock final : public Clock {
  public:
    MonotonicTime monotonic_now() const override;
    WallTime wall_now() const override;
};

}  // namespace obrol
