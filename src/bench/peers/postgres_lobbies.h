// PostgreSQL's clients: one row per commit, and notifications.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "bench/client.h"

namespace obrol::bench {

// What the acknowledged rows go into: as a chat server would keep them.
inline constexpr std::string_view postgres_schema =
    "CREATE TABLE messages(id bigserial PRIMARY KEY, room int NOT NULL, sender int NOT NULL,"
    " at timestamptz NOT NULL DEFAULT now(), body text NOT NULL); CREATE INDEX ON messages(room, id)";

// Every message is an INSERT in a transaction of its own, through a prepared statement.
class PostgresRows final : public Lobby {
  public:
    Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) override;
    // Each is a process.
    std::size_t at_once() const override { return 16; }
    bool acknowledges() const override { return true; }
};

// LISTEN and NOTIFY, which keep nothing.
class PostgresChannels final : public Lobby {
  public:
    Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) override;
    // Each is a process.
    std::size_t at_once() const override { return 32; }
    bool acknowledges() const override { return true; }
};

}  // namespace obrol::bench
