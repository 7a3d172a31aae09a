#include "bench/peers/postgres_connection.h"

#include <cerrno>
#include <fmt/core.h>
#include <sys/socket.h>

#include "base/check.h"
#include "bench/system_error.h"

namespace obrol::bench {
namespace {

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, Clear>;

// libpq's words in one line.
std::string one_line(const char* words) {
    std::string line(words);
    while (line.ends_with('\n'))
        line.pop_back();
    for (char& c : line) {
        if (c == '\n' || c == '\t') c = ' ';
    }
    return line;
}

void keep_notice(void* complaint, const char* words) {
    *static_cast<std::string*>(complaint) = one_line(words);
}

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::begin(std::uint16_t port) {
    // No look at password files, no offers of encryption: each would be one more question before the first answer.
    const std::string settings =
        fmt::format("hostaddr=127.0.0.1 port={} user={} dbname={} password=none sslmode=disable gssencmode=disable",
                    port, postgres_user, postgres_database);
    std::unique_ptr<PostgresConnection> made(new PostgresConnection(PQconnectStart(settings.c_str())));
    PGconn* const connection = made->connection_.get();
    if (connection == nullptr || PQstatus(connection) == CONNECTION_BAD || PQsetnonblocking(connection, 1) != 0)
        return made->cannot_connect();
    PQsetNoticeProcessor(connection, keep_notice, &made->complaint_);
    // As Connection::begin_open() has it: nothing is left behind.
    constexpr linger at_once{1, 0};
    if (::setsockopt(PQsocket(connection), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0)
        return system_failure("cannot prepare a socket", errno);
    return made;
}

Result<bool> PostgresConnection::go_on_connecting() {
    const PostgresPollingStatusType next = PQconnectPoll(connection_.get());
    if (next == PGRES_POLLING_FAILED) return cannot_connect();
    if (auto silent = complaint(); !silent) return Failure<Error>(silent.error());
    waits_to_send_ = next == PGRES_POLLING_WRITING;
    if (next != PGRES_POLLING_OK) return false;
    if (PQenterPipelineMode(connection_.get()) != 1) return failure("cannot enter pipeline mode");
    stands_ = true;
    return true;
}

void PostgresConnection::prepare(const std::string& name, const std::string& statement) {
    asked(PQsendPrepare(connection_.get(), name.c_str(), statement.c_str(), 0, nullptr));
}

void PostgresConnection::execute(const std::string& statement) {
    asked(PQsendQueryParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
}

void PostgresConnection::execute_prepared(const std::string& name, std::span<const char* const> parameters) {
    asked(PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(parameters.size()), parameters.data(),
                              nullptr, nullptr, 0));
}

// The request ends its transaction.
void PostgresConnection::asked(int accepted) {
    OBROL_CHECK(stands_);
    has_requests_ = true;
    if (accepted == 1 && PQpipelineSync(connection_.get()) == 1) {
        ++unanswered_;
    } else if (refused_.empty()) {
        refused_ = one_line(PQerrorMessage(connection_.get()));
    }
}

Result<void> PostgresConnection::flush() {
    if (!refused_.empty()) return fail("cannot send: " + refused_);
    has_requests_ = false;
    const int left = PQflush(connection_.get());
    if (left < 0) return failure("cannot send");
    waits_to_send_ = left > 0;
    return {};
}

Result<void> PostgresConnection::take_in() {
    if (PQconsumeInput(connection_.get()) != 1) return failure("cannot receive");
    return {};
}

Result<std::optional<std::string>> PostgresConnection::next_answer() {
    std::optional<std::string> answer;
    // PQisBusy() is what reads the server's messages, also while nothing is asked.
    while (PQisBusy(connection_.get()) == 0 && unanswered_ > 0) {
        const OwnedResult result(PQgetResult(connection_.get()));
        if (auto taken = take_result(result.get()); !taken) return Failure<Error>(taken.error());
        if (due_ == Due::outcome) {
            --unanswered_;
            answer = std::move(outcome_);
            return answer;
        }
    }
    if (auto silent = complaint(); !silent) return Failure<Error>(silent.error());
    return answer;
}

// A request's outcome is followed by nothing and by the end of its transaction.
Result<void> PostgresConnection::take_result(const PGresult* result) {
    switch (due_) {
        case Due::outcome:
            if (PQresultStatus(result) != PGRES_COMMAND_OK)
                return fail("the server answered with " + std::string(PQresStatus(PQresultStatus(result))) + ": " +
                            one_line(PQresultErrorMessage(result)));
            // libpq only reads what it calls by a pointer to non-const.
            outcome_ = PQcmdStatus(const_cast<PGresult*>(result));
            due_ = Due::its_end;
            return {};
        case Due::its_end:
            if (result != nullptr) return fail("the server answered one request twice");
            due_ = Due::commit;
            return {};
        case Due::commit:
            if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
                return fail("the server did not commit but answered with " +
                            std::string(PQresStatus(PQresultStatus(result))) + ": " +
                            one_line(PQresultErrorMessage(result)));
            due_ = Due::outcome;
            return {};
    }
    OBROL_CHECK(false);
}

std::optional<std::string> PostgresConnection::next_notification() {
    struct Free {
        void operator()(PGnotify* notification) const { PQfreemem(notification); }
    };
    const std::unique_ptr<PGnotify, Free> notification(PQnotifies(connection_.get()));
    if (!notification) return std::nullopt;
    return notification->extra;
}

Result<void> PostgresConnection::complaint() const {
    if (complaint_.empty()) return {};
    return fail("the server said what nobody has asked for: " + complaint_);
}

Failure<Error> PostgresConnection::cannot_connect() const {
    const char* const port = PQport(connection_.get());
    return failure(fmt::format("cannot connect to 127.0.0.1:{}", port ? port : ""));
}

Failure<Error> PostgresConnection::failure(std::string_view what) const {
    return fail(fmt::format("{}: {}", what, one_line(PQerrorMessage(connection_.get()))));
}

}  // namespace obrol::bench
