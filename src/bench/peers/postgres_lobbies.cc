#include "bench/peers/postgres_lobbies.h"

#include <array>
#include <fmt/core.h>
#include <optional>
#include <string>
#include <utility>

#include "bench/peers/postgres_connection.h"

namespace obrol::bench {
namespace {

// As many conversations as the other servers have there (simple-chat's pairs of users).
constexpr std::uint64_t rooms = 36;

class PostgresClient : public Client {
  public:
    explicit PostgresClient(std::unique_ptr<PostgresConnection> connection) : connection_(std::move(connection)) {}

    int descriptor() const final { return connection_->descriptor(); }
    bool waits_to_send() const final { return connection_->waits_to_send(); }
    bool has_words() const final { return !waits_to_send() && connection_->has_requests(); }

    Result<void> send() final {
        if (!connection_->stands()) {
            const auto stands = connection_->go_on_connecting();
            if (!stands) return Failure<Error>(stands.error());
            if (!*stands) return {};
            // All of the server's words were there already: it is asked for some that receive() can hear.
            if (!log_in()) connection_->execute("SELECT 1");
        }
        return connection_->flush();
    }

    Result<void> receive(std::vector<char>&, Heard& heard) final {
        if (!connection_->stands()) return get_in(heard);
        if (auto taken = connection_->take_in(); !taken) return taken;
        heard.on_received();
        while (true) {
            // The answers first: looking for one reads the notifications before it.
            const auto answer = connection_->next_answer();
            if (!answer) return Failure<Error>(answer.error());
            while (const auto text = connection_->next_notification()) {
                if (auto taken = heard.on_delivery(*text); !taken) return taken;
            }
            if (!*answer) return {};
            if (!std::exchange(ready_, true)) {
                heard.on_ready();
            } else if (**answer == outcome()) {
                heard.on_acknowledgement();
            } else {
                return fail(fmt::format("the server answered {} where {} was due", **answer, outcome()));
            }
        }
    }

  protected:
    PostgresConnection& connection() { return *connection_; }

  private:
    // Asks for what has to be answered before it is ready; false: nothing has.
    virtual bool log_in() = 0;
    // Of a message.
    virtual std::string_view outcome() const = 0;

    Result<void> get_in(Heard& heard) {
        const auto stands = connection_->go_on_connecting();
        if (!stands) return Failure<Error>(stands.error());
        if (!*stands || log_in()) return {};
        ready_ = true;
        heard.on_received();
        heard.on_ready();
        return {};
    }

    std::unique_ptr<PostgresConnection> connection_;
    bool ready_ = false;
};

class RowsClient final : public PostgresClient {
  public:
    RowsClient(std::unique_ptr<PostgresConnection> connection, std::size_t number)
        : PostgresClient(std::move(connection)), number_(number), sender_(std::to_string(number)) {}

    void say(std::string_view text) override {
        const std::string room = std::to_string((number_ + said_) % rooms);
        ++said_;
        text_ = text;
        const std::array<const char*, 3> parameters{room.c_str(), sender_.c_str(), text_.c_str()};
        connection().execute_prepared("insert", parameters);
    }

  private:
    bool log_in() override {
        connection().prepare("insert",
                             "INSERT INTO messages(room, sender, body) VALUES ($1::text::int, $2::text::int, $3)");
        return true;
    }
    std::string_view outcome() const override { return "INSERT 0 1"; }

    std::size_t number_;
    std::string sender_;
    std::string text_;
    std::uint64_t said_ = 0;
};

std::string channel_of(const Seat& seat, std::size_t receiver) {
    return seat.target == Seat::Target::room ? "room" : "direct" + std::to_string(receiver);
}

class ChannelsClient final : public PostgresClient {
  public:
    ChannelsClient(std::unique_ptr<PostgresConnection> connection, const Seat& seat)
        : PostgresClient(std::move(connection)), seat_(seat), target_(channel_of(seat, seat.partner)) {}

    void say(std::string_view text) override { connection().execute(fmt::format("NOTIFY {}, '{}'", target_, text)); }

  private:
    bool log_in() override {
        if (seat_.receives) connection().execute("LISTEN " + channel_of(seat_, seat_.user));
        return seat_.receives;
    }
    std::string_view outcome() const override { return "NOTIFY"; }

    Seat seat_;
    std::string target_;
};

}  // namespace

Result<std::unique_ptr<Client>> PostgresRows::connect(std::uint16_t port, std::size_t number, const Seat&) {
    auto connection = PostgresConnection::begin(port);
    if (!connection) return Failure<Error>(connection.error());
    return std::make_unique<RowsClient>(std::move(*connection), number);
}

Result<std::unique_ptr<Client>> PostgresChannels::connect(std::uint16_t port, std::size_t, const Seat& seat) {
    auto connection = PostgresConnection::begin(port);
    if (!connection) return Failure<Error>(connection.error());
    return std::make_unique<ChannelsClient>(std::move(*connection), seat);
}

}  // namespace obrol::bench
