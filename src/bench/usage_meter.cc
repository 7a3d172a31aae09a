#include "bench/usage_meter.h"

#include <algorithm>

#include "bench/process_usage.h"

namespace obrol::bench {

Result<UsageMeter> UsageMeter::start(pid_t server, const Clock& clock) {
    UsageMeter meter;
    meter.server_ = server;
    meter.at_ = MonotonicTime{};
    const auto zero = meter.read(clock);
    if (!zero) return Failure<Error>(zero.error());
    meter.at_ += zero->elapsed;
    meter.server_cpu_seconds_ = zero->server_cpu_seconds;
    meter.generator_cpu_seconds_ = zero->generator_cpu_seconds;
    meter.machine_cpu_seconds_ = zero->server_cpu_seconds + zero->generator_cpu_seconds + zero->other_cpu_seconds;
    return meter;
}

Result<Usage> UsageMeter::read(const Clock& clock) const {
    const auto server = read_process_usage(server_);
    if (!server) return Failure<Error>(server.error());
    const auto machine = machine_cpu_seconds();
    if (!machine) return Failure<Error>(machine.error());
    Usage usage;
    usage.elapsed = clock.monotonic_now() - at_;
    usage.server_cpu_seconds = server->cpu_seconds - server_cpu_seconds_;
    usage.generator_cpu_seconds = own_cpu_seconds() - generator_cpu_seconds_;
    usage.other_cpu_seconds =
        std::max(0.0, *machine - machine_cpu_seconds_ - usage.server_cpu_seconds - usage.generator_cpu_seconds);
    usage.server_rss_bytes = server->rss_bytes;
    usage.server_peak_rss_bytes = server->peak_rss_bytes;
    return usage;
}

}  // namespace obrol::bench
