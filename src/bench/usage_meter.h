// What a server, this program and the rest of the machine use between two moments.
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"

namespace obrol::bench {

struct Usage {
    Duration elapsed{};
    double server_cpu_seconds = 0;
    double generator_cpu_seconds = 0;
    double other_cpu_seconds = 0;             // of everything else on the machine, kernel threads included
    std::uint64_t server_rss_bytes = 0;       // at the end
    std::uint64_t server_peak_rss_bytes = 0;  // the most since the server was started

    double seconds() const { return std::chrono::duration<double>(elapsed).count(); }
};

class UsageMeter {
  public:
    static Result<UsageMeter> start(pid_t server, const Clock& clock);

    MonotonicTime began() const { return at_; }
    // From start() until now.
    Result<Usage> read(const Clock& clock) const;

  private:
    pid_t server_ = 0;
    MonotonicTime at_{};
    double server_cpu_seconds_ = 0;
    double generator_cpu_seconds_ = 0;
    double machine_cpu_seconds_ = 0;
};

}  // namespace obrol::bench
