#include "bench/peers/redis_peer.h"

#include <fmt/core.h>

#include "bench/peers/redis_settings.h"

namespace obrol::bench {

RedisPeer::RedisPeer(std::size_t streams) : streams_(streams), protocol_(streams) {}

Result<std::string> RedisPeer::describe(const std::string& scratch) const {
    return describe_redis(fmt::format("XADD to {} streams", streams_), redis_synced(), scratch);
}

std::vector<std::string> RedisPeer::arguments(const std::string& directory, std::uint16_t free_port) const {
    return redis_command(directory, free_port, redis_synced());
}

std::optional<std::uint16_t> RedisPeer::ready_port(std::string_view standard_output, std::string_view,
                                                   std::uint16_t free_port) const {
    return redis_ready_port(standard_output, free_port);
}

}  // namespace obrol::bench
