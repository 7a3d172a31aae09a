// The servers that keep files: how each is started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peer.h"
#include "bench/peers/messaging_peers.h"

namespace obrol::bench {

// obrold over its own dialect, with cheap passwords.
class NativeFilePeer final : public FilePeer {
  public:
    // `program`: the path of obrold. So many clients at once and files of so many MiB must be allowed to; what is
    // beyond the defaults is raised as far.
    NativeFilePeer(const std::string& program, std::size_t clients, std::size_t mib);

    std::string name() const override { return server_.name(); }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t free_port) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<FileLobby> lobby() const override;

  private:
    NativePeer server_;
    std::vector<std::string> raised_;  // settings in [files]
};

// redis-server: "redis", synced before anything is acknowledged, or "redis-memory", without any file. Either has all
// values in memory.
class RedisFilePeer final : public FilePeer {
  public:
    enum class Kind { synced, memory };
    explicit RedisFilePeer(Kind kind) : kind_(kind) {}

    std::string name() const override { return kind_ == Kind::synced ? "redis" : "redis-memory"; }
    Result<std::string> describe(const std::string& scratch) const override;
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override;
    std::optional<std::uint16_t> ready_port(std::string_view standard_output, std::string_view standard_error,
                                            std::uint16_t free_port) const override;
    std::unique_ptr<FileLobby> lobby() const override;

  private:
    RedisSettings settings() const { return kind_ == Kind::synced ? redis_synced() : redis_in_memory(); }

    Kind kind_;
};

}  // namespace obrol::bench
