// The servers that bring messages to others: how each is started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peer.h"
#include "bench/peers/native_lobby.h"
#include "bench/peers/redis_settings.h"

namespace obrol::bench {

// obrold over its own dialect.
class NativePeer final : public MessagingPeer {
  public:
    // `program`: the path of obrold. With cheap passwords making thousands of accounts takes seconds instead of
    // minutes. `connection_threads`: its listen.threads.
    NativePeer(std::string program, NativeLobby::ComingBack coming_back, bool cheap_passwords,
               std::size_t connection_threads = 0, NativeLobby::Listening listening = NativeLobby::Listening::full)
        : program_(std::move(program)),
          coming_back_(coming_back),
          cheap_passwords_(cheap_passwords),
          connection_threads_(connection_threads),
          listening_(listening) {}

    // "obrol", "obrol-brief", or "obrol-threads-2".
    std::string name() const override;
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t free_port) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;

  private:
    std::string program_;
    NativeLobby::ComingBack coming_back_;
    bool cheap_passwords_;
    std::size_t connection_threads_;
    NativeLobby::Listening listening_;
};

// redis-server: "redis", publish/subscribe without any file, or "redis-streams", synced before anything is
// acknowledged.
class RedisMessagingPeer final : public MessagingPeer {
  public:
    enum class Kind { channels, streams };
    explicit RedisMessagingPeer(Kind kind) : kind_(kind) {}

    std::string name() const override { return kind_ == Kind::channels ? "redis" : "redis-streams"; }
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;

  private:
    RedisSettings settings() const;

    Kind kind_;
};

class NatsPeer final : public MessagingPeer {
  public:
    std::string name() const override { return "nats"; }
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;
};

class InspircdPeer final : public MessagingPeer {
  public:
    std::string name() const override { return "inspircd"; }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t free_port) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;
};

class NgircdPeer final : public MessagingPeer {
  public:
    std::string name() const override { return "ngircd"; }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t free_port) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<Lobby> lobby() const override;
};

}  // namespace obrol::bench
