// What the users of one simulated server did and saw, as far as anybody outside the server can know it. An unanswered
// request has an unknown fate. What an inbox answer handed over is taken from the bytes that the server's kernel took,
// because that, and not what arrived after a broken connection, is what the server answers for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/command.h"
#include "model/reply.h"
#include "tests/sim/network.h"

namespace obrol {

struct SentMessage {
    enum class Fate : std::uint8_t { unknown, acknowledged, refused };

    std::string sender;
    std::vector<std::string> to;
    std::string text;  // unique in its world
    SimulatedNetwork::ConnectionNumber connection = 0;
    bool impossible = false;  // it was also for somebody who does not exist: nobody may get it
    Fate fate = Fate::unknown;
    // The number of the server's last disk operation when the acknowledgement arrived.
    std::uint64_t acknowledged_at = 0;
};

// One inbox request.
struct Fetch {
    struct Message {
        std::string sender;
        std::string text;
    };

    std::string receiver;
    SimulatedNetwork::ConnectionNumber connection = 0;
    std::size_t life = 0;  // of the server, from 0
    // Places of the request and of the moment when the kernel had taken the whole answer (none: it never had) in the
    // order of all that happened.
    std::uint64_t asked = 0;
    std::optional<std::uint64_t> taken;
    MonotonicTime taken_at{};
    std::vector<Message> messages;
};

// How a life of the server ended.
enum class LifeEnd : std::uint8_t { still_alive, stopped, killed, power_cut };
struct ServerLife {
    LifeEnd end = LifeEnd::still_alive;
    MonotonicTime ended_at{};
};

struct Observed {
    std::vector<SentMessage> sent;  // in the order of sending
    std::vector<Fetch> fetches;     // in the order of the answers; what was never answered comes last
    std::vector<ServerLife> lives;
    std::vector<std::string> complaints;  // answers that no server may give
};

class History {
  public:
    using ConnectionNumber = SimulatedNetwork::ConnectionNumber;

    // `disk_position` gives the number of the server's last disk operation.
    History(const Clock& clock, std::function<std::uint64_t()> disk_position)
        : clock_(clock), disk_position_(std::move(disk_position)) {}

    void server_started() { observed_.lives.emplace_back(); }
    void server_ended(LifeEnd how);

    // The users' side. Requests are noted before their first byte is written, in the order of the connection.
    void connected(ConnectionNumber connection, const std::string& user);
    void asked(ConnectionNumber connection, const Command& command);
    // Gives the place of the message.
    std::size_t sending(SentMessage message);
    void acknowledged(std::size_t message);
    void refused(std::size_t message);
    void complain(std::string what) { observed_.complaints.push_back(std::move(what)); }

    // The server's side: what its kernel took for this connection.
    void taken(ConnectionNumber connection, std::string_view bytes);

    std::size_t acknowledged_count() const { return acknowledged_; }
    std::size_t sent_count() const { return observed_.sent.size(); }
    Observed observed() const;

  private:
    struct Piece {
        std::size_t end = 0;  // in the connection's bytes
        std::uint64_t order = 0;
        MonotonicTime at{};
    };
    struct Request {
        Command command;
        std::uint64_t order = 0;
    };
    struct Exchange {
        std::string user;
        std::size_t life = 0;
        std::vector<Request> requests;
        std::string bytes;
        std::vector<Piece> pieces;
    };

    static void collect_fetches(ConnectionNumber connection, const Exchange& exchange, Observed& into);

    const Clock& clock_;
    std::function<std::uint64_t()> disk_position_;
    Observed observed_;
    std::map<ConnectionNumber, Exchange> exchanges_;
    std::uint64_t last_order_ = 0;
    std::size_t acknowledged_ = 0;
};

}  // namespace obrol
