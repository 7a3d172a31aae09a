// What redis-server is told: as arguments, and in words for the report, from one list, so that nothing stays unsaid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace obrol::bench {

struct RedisSetting {
    std::string name;
    std::string value;
};

using RedisSettings = std::vector<RedisSetting>;

// No snapshots, and as many clients as obrol-bench has, all of its addresses included.
RedisSettings redis_in_memory();
// redis_in_memory() with an append-only file that is synced before anything is acknowledged.
RedisSettings redis_synced();

// The command line of redis-server with its data in `directory`, on `port` of 127.0.0.1 alone.
std::vector<std::string> redis_command(const std::string& directory, std::uint16_t port, const RedisSettings& settings);

// `port` once the server says that it is ready.
std::optional<std::uint16_t> redis_ready_port(std::string_view standard_output, std::uint16_t port);

// "SET and GET, save "", maxclients 19000". `use`: what is asked of the server.
std::string in_words(const std::string& use, const RedisSettings& settings);

// in_words() behind the program and its version. The error names the Debian package.
Result<std::string> describe_redis(const std::string& use, const RedisSettings& settings, const std::string& scratch);

}  // namespace obrol::bench
