// What obrol-bench was asked to do.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "bench/ack_comparison.h"
#include "bench/obrol_peer.h"

namespace obrol::bench {

struct AckCommand {
    AckOptions options;
    std::vector<std::string> peers = {"obrol", "redis"};
    ObrolPeer::Options obrol;
    bool json = false;
    bool verify = false;
};

// Nothing to run: `text` is the help or what was wrong, `exit_code` 0 or 2.
struct NothingToRun {
    std::string text;
    int exit_code = 0;
};

// `program_directory`: where obrol-bench itself lies; obrold is expected beside it and the data below it, so that the
// data is on the disk that the build is on.
std::variant<AckCommand, NothingToRun> parse_command_line(int count, const char* const* arguments,
                                                          const std::string& program_directory);

}  // namespace obrol::bench
