// PostgreSQL's frontend/backend protocol 3.0 (postgresql.org/docs/15/protocol.html), as much as a client needs that is
// trusted: one row per commit, and notifications.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/messenger.h"
#include "bench/protocol.h"

namespace obrol::bench {

inline constexpr std::string_view postgres_user = "postgres";
inline constexpr std::string_view postgres_database = "postgres";
// What the acknowledged rows go into: as a chat server would keep them.
inline constexpr std::string_view postgres_schema =
    "CREATE TABLE messages(id bigserial PRIMARY KEY, room int NOT NULL, sender int NOT NULL,"
    " at timestamptz NOT NULL DEFAULT now(), body text NOT NULL); CREATE INDEX ON messages(room, id)";

// Every request is an INSERT in a transaction of its own, through a prepared statement.
class PostgresProtocol final : public Protocol {
  public:
    void append_login(std::size_t client, std::string& out) const override;
    Result<AnswerCount> read_login_answer(std::string_view received) const override;
    void append_request(std::size_t client, std::uint64_t sequence, std::string_view text,
                        std::string& out) const override;
    Result<AnswerCount> count_acknowledgements(std::string_view received) const override;
};

// LISTEN and NOTIFY, which keep nothing.
class PostgresLobby final : public MessengerLobby {
  public:
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    // Each is a process.
    std::size_t at_once() const override { return 32; }
};

}  // namespace obrol::bench
