// obrold as a process: the operating system's clock, sockets, threads, signals and files around an Assembly.
#pragma once

#include <string>

#include "apps/config/config.h"
#include "base/log_spdlog.h"
#include "base/result.h"

namespace obrol {

// Exit statuses of obrold, beside 0.
inline constexpr int exit_cannot_run = 1;   // a port in use, a store that cannot be opened
inline constexpr int exit_bad_setting = 2;  // a flag or a setting
inline constexpr int exit_store_lost = 74;  // nobody can say what is stored (EX_IOERR of sysexits.h)

// Why a server did not start.
struct StartFailure {
    int status = exit_cannot_run;
    std::string what;
};

// Serves until SIGTERM or SIGINT. Prints the ready line to standard output once every listener is up. `flags` are read
// again at SIGHUP.
Result<void, StartFailure> run_server(const Config& config, const CommandLine& flags, StandardErrorLogger& logger);

}  // namespace obrol
