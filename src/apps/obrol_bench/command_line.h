// What obrol-bench was asked to do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/obrol_bench/generate.h"
#include "apps/obrol_bench/large.h"
#include "bench/ack_comparison.h"
#include "bench/file_comparison.h"
#include "bench/peers/obrol_peer.h"
#include "bench/workload_comparison.h"

namespace obrol::bench {

struct AckCommand {
    AckOptions options;
    std::vector<std::string> peers = {"obrol", "redis"};
    ObrolPeer::Options obrol;
    bool json = false;
    bool verify = false;
};

// Of a peer's name: 0 for "obrol", 2 for "obrol-threads-2", which is obrol with so many threads for connections; none:
// it is no obrol.
std::optional<std::size_t> connection_threads_of(std::string_view peer);

// fanout, pairs, latency, stalled, idle, login, reconnect.
struct WorkloadCommand {
    WorkloadOptions options;
    std::vector<std::string> peers;
    std::string obrold;
    bool by_password = false;  // login: obrol's clients come with their passwords, not with their tokens
    bool json = false;
};

struct FilesCommand {
    FileOptions options;
    std::vector<std::string> peers = {"obrol", "redis", "redis-memory"};
    std::string obrold;
    bool json = false;
};

struct GenerateCommand {
    GenerateOptions options;
};

struct LargeCommand {
    LargeOptions options;
    bool json = false;
};

// Nothing to run: `text` is the help or what was wrong, `exit_code` 0 or 2.
struct NothingToRun {
    std::string text;
    int exit_code = 0;
};

using Request = std::variant<AckCommand, WorkloadCommand, FilesCommand, GenerateCommand, LargeCommand, NothingToRun>;

// `program_directory`: where obrol-bench itself lies; obrold is expected beside it and the data below it, so that the
// data is on the disk that the build is on.
Request parse_command_line(int count, const char* const* arguments, const std::string& program_directory);

}  // namespace obrol::bench
