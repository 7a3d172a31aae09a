#include "bench/peers/redis_peer.h"

#include <fmt/core.h>

#include "bench/server_process.h"

namespace obrol::bench {
namespace {

constexpr const char* program = "redis-server";

}  // namespace

RedisPeer::RedisPeer(std::size_t streams) : streams_(streams), protocol_(streams) {}

Result<std::string> RedisPeer::describe(const std::string& scratch) const {
    // "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=…"
    const auto version = output_of({program, "--version"}, scratch);
    if (!version) return fail(version.error().what + " (Debian package: redis-server)");
    const std::size_t begin = version->find("v=");
    if (begin == std::string::npos) return fail(std::string(program) + " --version answers " + *version);
    const std::string number = version->substr(begin + 2, version->find(' ', begin) - begin - 2);
    return fmt::format("{} {}, appendonly yes, appendfsync always, save \"\", XADD to {} streams", program, number,
                       streams_);
}

std::vector<std::string> RedisPeer::arguments(const std::string& directory, std::uint16_t free_port) const {
    return {program,
            "--bind",
            "127.0.0.1",
            "--port",
            std::to_string(free_port),
            "--dir",
            directory,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--daemonize",
            "no",
            "--unixsocket",
            "",
            "--logfile",
            "",
            "--maxclients",
            "19000"};
}

std::optional<std::uint16_t> RedisPeer::ready_port(std::string_view standard_output, std::string_view,
                                                   std::uint16_t free_port) const {
    if (standard_output.find("Ready to accept connections") == std::string_view::npos) return std::nullopt;
    return free_port;
}

}  // namespace obrol::bench
