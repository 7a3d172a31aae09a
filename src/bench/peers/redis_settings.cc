#include "bench/peers/redis_settings.h"

#include <fmt/core.h>

#include "bench/peers/peer_programs.h"

namespace obrol::bench {
namespace {

constexpr const char* program = "redis-server";

}  // namespace

RedisSettings redis_in_memory() {
    // Protected mode takes the generator's further addresses, 127.0.0.2 and so on, for strangers.
    return {{"save", ""}, {"maxclients", "19000"}, {"protected-mode", "no"}};
}

RedisSettings redis_synced() {
    RedisSettings settings = {{"appendonly", "yes"}, {"appendfsync", "always"}};
    for (RedisSetting& setting : redis_in_memory())
        settings.push_back(std::move(setting));
    return settings;
}

std::vector<std::string> redis_command(const std::string& directory, std::uint16_t port,
                                       const RedisSettings& settings) {
    std::vector<std::string> words = {
        program,       "--bind", "127.0.0.1",    "--port", std::to_string(port), "--dir", directory,
        "--daemonize", "no",     "--unixsocket", "",       "--logfile",          ""};
    for (const RedisSetting& setting : settings) {
        words.push_back("--" + setting.name);
        words.push_back(setting.value);
    }
    return words;
}

std::optional<std::uint16_t> redis_ready_port(std::string_view standard_output, std::uint16_t port) {
    if (standard_output.find("Ready to accept connections") == std::string_view::npos) return std::nullopt;
    return port;
}

std::string in_words(const std::string& use, const RedisSettings& settings) {
    std::string words = use;
    for (const RedisSetting& setting : settings)
        words += fmt::format(", {} {}", setting.name, setting.value.empty() ? "\"\"" : setting.value);
    return words;
}

Result<std::string> describe_redis(const std::string& use, const RedisSettings& settings, const std::string& scratch) {
    // "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=…"
    const auto version = version_of(program, "--version", "v=", "redis-server", scratch);
    if (!version) return version;
    return fmt::format("{} {}, {}", program, *version, in_words(use, settings));
}

}  // namespace obrol::bench
