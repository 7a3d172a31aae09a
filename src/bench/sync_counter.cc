#include "bench/sync_counter.h"

#include <sstream>
#include <vector>

#include "bench/text_file.h"

namespace obrol::bench {
namespace {

constexpr const char* summary_name = "/summary.txt";

}  // namespace

std::uint64_t sync_calls_in(std::string_view strace_summary) {
    // "% time  seconds  usecs/call  calls  errors  syscall", where errors may be blank.
    constexpr std::size_t calls_column = 3;
    std::istringstream lines{std::string(strace_summary)};
    std::uint64_t calls = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> columns;
        for (std::string word; words >> word;)
            columns.push_back(word);
        if (columns.size() <= calls_column) continue;
        const std::string& name = columns.back();
        if (name == "fsync" || name == "fdatasync" || name == "msync" || name == "sync_file_range")
            calls += std::stoull(columns[calls_column]);
    }
    return calls;
}

Result<SyncCounter> SyncCounter::start(pid_t server, const std::string& data_root, const Clock& clock,
                                       const StopSignal& interrupted) {
    auto directory = ScratchDirectory::make(data_root, "strace");
    if (!directory) return Failure<Error>(directory.error());
    auto tracer = ServerProcess::start({"strace", "-f", "-c", "-e", "trace=fsync,fdatasync,msync,sync_file_range", "-o",
                                        directory->path() + summary_name, "-p", std::to_string(server)},
                                       directory->path());
    if (!tracer) return fail(tracer.error().what + " (Debian package: strace)");
    constexpr auto patience = std::chrono::seconds(10);
    const auto attached = tracer->wait_until(
        [](std::string_view, std::string_view error) { return error.find("attached") != std::string_view::npos; },
        patience, clock, interrupted);
    if (!attached) return fail("strace: " + attached.error().what);
    return SyncCounter(std::move(*directory), std::move(*tracer));
}

Result<std::uint64_t> SyncCounter::finish() {
    tracer_.stop(std::chrono::seconds(10));
    const auto summary = read_text_file(directory_.path() + summary_name);
    if (!summary) return fail("strace wrote no summary: " + tracer_.last_words());
    return sync_calls_in(*summary);
}

}  // namespace obrol::bench
