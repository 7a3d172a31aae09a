// What a server process has used, from /proc (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

#include "base/result.h"

namespace obrol::bench {

struct ProcessUsage {
    double cpu_seconds = 0;            // user and system; all threads, and children ended or running
    std::uint64_t rss_bytes = 0;       // of the process itself
    std::uint64_t peak_rss_bytes = 0;  // the same, the most since it was started
};

// Of one line of /proc/PID/stat: user and system time of the process and of its ended children, in clock ticks.
std::optional<std::uint64_t> cpu_ticks_of_stat(std::string_view stat_line);

// Of /proc/PID/status: VmRSS, or VmHWM, the most that it has been, in bytes.
std::optional<std::uint64_t> rss_of_status(std::string_view status);
std::optional<std::uint64_t> peak_rss_of_status(std::string_view status);

// Of /proc/stat: the clock ticks in which any core of the machine was not idle, or was taken away by its host.
std::optional<std::uint64_t> busy_ticks_of_machine(std::string_view stat);

// The error says that the process has gone.
Result<ProcessUsage> read_process_usage(pid_t process);

// Of /proc/PID/io: the bytes that the process has read from files, out of the page cache or not, and from sockets.
std::optional<std::uint64_t> read_bytes_of_io(std::string_view io);

// The same of a process. The error says that it has gone, or may not be looked at.
Result<std::uint64_t> read_process_input(pid_t process);

// What all of the machine has used, kernel threads included.
Result<double> machine_cpu_seconds();

// User and system time of this program without its children.
double own_cpu_seconds();

}  // namespace obrol::bench
