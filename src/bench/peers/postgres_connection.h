// A connection to PostgreSQL through libpq, not blocking and in pipeline mode: requests follow each other without
// waiting for answers, each is a transaction of its own, and they are answered in their order.
#pragma once

#include <cstdint>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace obrol::bench {

inline constexpr std::string_view postgres_user = "postgres";
inline constexpr std::string_view postgres_database = "postgres";

class PostgresConnection {
  public:
    // Begins to connect to 127.0.0.1.
    static Result<std::unique_ptr<PostgresConnection>> begin(std::uint16_t port);
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    int descriptor() const { return PQsocket(connection_.get()); }
    // Until it stands: to be called when the descriptor is ready for what it waits for. True: it stands.
    Result<bool> go_on_connecting();
    bool stands() const { return stands_; }
    // For the descriptor to be writable: to go on connecting, or because flush() could not send everything.
    bool waits_to_send() const { return waits_to_send_; }

    // Requests; only once it stands. They go out with the next flush(), if not before. What could not be asked is said
    // there.
    void prepare(const std::string& name, const std::string& statement);
    void execute(const std::string& statement);
    // A prepared statement, with its parameters as text.
    void execute_prepared(const std::string& name, std::span<const char* const> parameters);
    bool has_requests() const { return has_requests_; }
    // Sends what the kernel takes.
    Result<void> flush();

    // Reads what has arrived.
    Result<void> take_in();
    // How the oldest request without an answer was carried out ("INSERT 0 1"), once it is committed; nothing while it
    // is not. An error for what the server refuses, and for what it should not have said.
    Result<std::optional<std::string>> next_answer();
    // The text of a notification that has arrived.
    std::optional<std::string> next_notification();

  private:
    // What is to come of the oldest request without an answer.
    enum class Due { outcome, its_end, commit };

    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    explicit PostgresConnection(PGconn* connection) : connection_(connection) {}
    void asked(int accepted);
    Result<void> take_result(const PGresult* result);
    Result<void> complaint() const;
    Failure<Error> cannot_connect() const;
    Failure<Error> failure(std::string_view what) const;

    std::unique_ptr<PGconn, Finish> connection_;
    bool stands_ = false;
    bool waits_to_send_ = true;
    bool has_requests_ = false;   // that flush() has not seen
    std::size_t unanswered_ = 0;  // requests
    Due due_ = Due::outcome;
    std::string outcome_;
    std::string refused_;    // why a request could not be asked
    std::string complaint_;  // of the server, or of libpq about it: what is part of no answer
};

}  // namespace obrol::bench
