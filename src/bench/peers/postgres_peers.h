// PostgreSQL: one row per commit against the acknowledged messages, LISTEN and NOTIFY against live delivery.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peer.h"
#include "bench/peers/postgres_lobbies.h"

namespace obrol::bench {

// A cluster of its own for each run, on loopback without passwords. As root it runs as the account postgres, which the
// Debian package makes, because it refuses to run as root.
struct PostgresCluster {
    static Result<std::string> describe(const std::string& scratch);
    // `schema`: a statement that is executed in the fresh database; "" for none.
    static Result<void> make(const std::string& directory, std::string_view schema);
    static std::vector<std::string> arguments(const std::string& directory, std::uint16_t port);
    static std::optional<std::uint16_t> ready_port(std::string_view standard_error, std::uint16_t port);
    // "Fast": SIGTERM would wait for the clients to go.
    static int stop_signal();
};

class PostgresAckPeer final : public AckPeer {
  public:
    std::string name() const override { return "postgresql"; }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t) const override {
        return PostgresCluster::make(directory, postgres_schema);
    }
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override {
        return PostgresCluster::arguments(directory, free_port);
    }
    std::optional<std::uint16_t> ready_port(std::string_view, std::string_view standard_error,
                                            std::uint16_t free_port) const override {
        return PostgresCluster::ready_port(standard_error, free_port);
    }
    int stop_signal() const override { return PostgresCluster::stop_signal(); }
    std::unique_ptr<Lobby> lobby() const override { return std::make_unique<PostgresRows>(); }
};

class PostgresNotifyPeer final : public MessagingPeer {
  public:
    std::string name() const override { return "postgresql"; }
    Result<std::string> describe(const std::string& scratch) const override;
    Result<void> prepare(const std::string& directory, std::uint16_t) const override {
        return PostgresCluster::make(directory, "");
    }
    std::vector<std::string> arguments(const std::string& directory, std::uint16_t free_port) const override {
        return PostgresCluster::arguments(directory, free_port);
    }
    std::optional<std::uint16_t> ready_port(std::string_view, std::string_view standard_error,
                                            std::uint16_t free_port) const override {
        return PostgresCluster::ready_port(standard_error, free_port);
    }
    int stop_signal() const override { return PostgresCluster::stop_signal(); }
    std::unique_ptr<Lobby> lobby() const override { return std::make_unique<PostgresChannels>(); }
};

}  // namespace obrol::bench
