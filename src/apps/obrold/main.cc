#include <cstdio>
#include <exception>
#include <fmt/core.h>
#include <string_view>
#include <utility>
#include <variant>

#include "apps/config/config.h"
#include "apps/obrold/server_process.h"
#include "base/log_spdlog.h"

namespace {

int refuse(std::string_view why, int status) {
    fmt::print(stderr, "obrold: {}\n", why);
    return status;
}

int run(int argc, char** argv) {
    using namespace obrol;
    auto parsed = parse_command_line(argc, argv);
    if (!parsed) return refuse(parsed.error().what, exit_bad_setting);
    if (const auto* asked = std::get_if<Information>(&*parsed)) {
        fmt::print("{}", asked->text);
        return 0;
    }
    const auto& flags = std::get<CommandLine>(*parsed);
    const Result<Config> config = load_config(flags);
    if (!config) return refuse(config.error().what, exit_bad_setting);
    StandardErrorLogger logger(config->log_level);
    const Result<void, StartFailure> served = run_server(*config, flags, logger);
    if (!served) return refuse(served.error().what, served.error().status);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& trouble) {
        return refuse(trouble.what(), obrol::exit_cannot_run);
    }
}
