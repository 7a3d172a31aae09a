// redis-server with an append-only file that is synced before anything is acknowledged, over streams.
#pragma once

#include "bench/peer.h"
#include "bench/peers/redis_protocol.h"
#include "bench/protocol_client.h"

namespace obrol::bench {

class RedisPeer final : public AckPeer {
  public:
    // `streams`: a square, as many as simple-chat has pairs of users.
    explicit RedisPeer(std::size_t streams);

    std::string name() const override { return "redis"; }
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override { return std::make_unique<ProtocolLobby>(protocol_); }

  private:
    std::size_t streams_;
    RedisProtocol protocol_;
};

}  // namespace obrol::bench
