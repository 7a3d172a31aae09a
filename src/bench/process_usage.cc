#include "bench/process_usage.h"

#include <charconv>
#include <fmt/core.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "bench/text_file.h"

namespace obrol::bench {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

double seconds_of_ticks(std::uint64_t ticks) {
    return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<std::uint64_t> bytes_in_status(std::string_view status, std::string_view label) {
    const std::size_t at = status.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t first = status.find_first_not_of(" \t", at + label.size());
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t end = status.find(' ', first);
    if (end == std::string_view::npos) return std::nullopt;
    const auto kibibytes = number_of(status.substr(first, end - first));
    if (!kibibytes) return std::nullopt;
    return *kibibytes * 1024;
}

std::vector<pid_t> running_children_of(pid_t process) {
    std::istringstream list(read_text_file(fmt::format("/proc/{0}/task/{0}/children", process)).value_or(""));
    std::vector<pid_t> children;
    for (pid_t child = 0; list >> child;)
        children.push_back(child);
    return children;
}

}  // namespace

std::optional<std::uint64_t> cpu_ticks_of_stat(std::string_view stat_line) {
    // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
    const std::size_t name_end = stat_line.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    std::istringstream fields{std::string(stat_line.substr(name_end + 1))};
    constexpr int user_time = 14, ended_children_system_time = 17;
    std::uint64_t ticks = 0;
    std::string field;
    for (int index = 3; fields >> field; ++index) {
        if (index < user_time) continue;
        const auto part = number_of(field);
        if (!part) return std::nullopt;
        ticks += *part;
        if (index == ended_children_system_time) return ticks;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> rss_of_status(std::string_view status) {
    return bytes_in_status(status, "VmRSS:");
}

std::optional<std::uint64_t> peak_rss_of_status(std::string_view status) {
    return bytes_in_status(status, "VmHWM:");
}

std::optional<std::uint64_t> busy_ticks_of_machine(std::string_view stat) {
    // "cpu  user nice system idle iowait irq softirq steal guest …", where user holds guest already.
    std::istringstream fields{std::string(stat.substr(0, stat.find('\n')))};
    std::string label;
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, soft_interrupts = 0,
                  stolen = 0;
    if (!(fields >> label >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts >> stolen) ||
        label != "cpu")
        return std::nullopt;
    return user + nice + system + interrupts + soft_interrupts + stolen;
}

Result<double> machine_cpu_seconds() {
    const auto ticks = busy_ticks_of_machine(read_text_file("/proc/stat").value_or(""));
    if (!ticks) return fail("cannot understand /proc/stat");
    return seconds_of_ticks(*ticks);
}

Result<ProcessUsage> read_process_usage(pid_t process) {
    const auto stat = read_text_file(fmt::format("/proc/{}/stat", process));
    const auto status = read_text_file(fmt::format("/proc/{}/status", process));
    const auto ticks = stat ? cpu_ticks_of_stat(*stat) : std::nullopt;
    const auto rss = status ? rss_of_status(*status) : std::nullopt;
    const auto peak = status ? peak_rss_of_status(*status) : std::nullopt;
    if (!ticks || !rss || !peak) return fail(fmt::format("process {} has gone", process));
    std::uint64_t all_ticks = *ticks;
    for (const pid_t child : running_children_of(process)) {
        const auto child_stat = read_text_file(fmt::format("/proc/{}/stat", child));
        if (child_stat) all_ticks += cpu_ticks_of_stat(*child_stat).value_or(0);
    }
    return ProcessUsage{seconds_of_ticks(all_ticks), *rss, *peak};
}

std::optional<std::uint64_t> read_bytes_of_io(std::string_view io) {
    constexpr std::string_view label = "rchar: ";
    const std::size_t at = io.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = io.substr(at + label.size());
    return number_of(rest.substr(0, rest.find('\n')));
}

Result<std::uint64_t> read_process_input(pid_t process) {
    const auto bytes = read_bytes_of_io(read_text_file(fmt::format("/proc/{}/io", process)).value_or(""));
    if (!bytes) return fail(fmt::format("process {} has gone, or may not be looked at", process));
    return *bytes;
}

double own_cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace obrol::bench
