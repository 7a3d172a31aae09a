// One connection of a SimulatedNetwork: what is under way in both directions, how it ends or breaks, and the streams
// that the programs on its two sides hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/check.h"
#include "io/timer.h"
#include "tests/sim/network.h"

namespace obrol {

struct SimulatedNetwork::Connection : std::enable_shared_from_this<Connection> {
    struct Piece {
        enum class Kind : std::uint8_t { bytes, end, reset };
        Kind kind = Kind::bytes;
        std::string bytes{};
        MonotonicTime arrives_at{};
    };
    // What goes from one side to the other.
    struct Direction {
        explicit Direction(TimerService& timers) : timer(timers) {}
        std::deque<Piece> under_way;
        std::string arrived;
        bool ended = false;      // the end of the stream has arrived
        bool shut = false;       // nothing more can be written
        std::size_t unread = 0;  // bytes that were written and not read yet
        std::size_t buffer_bytes = 0;
        std::optional<std::size_t> cut_after;  // bytes
        Timer timer;
    };
    struct Side {
        std::string host;
        std::string address;
        End* stream = nullptr;  // null once it is destroyed
        bool closed = false;    // by its own program
        bool failed = false;
    };

    Connection(SimulatedNetwork& of, ConnectionNumber given)
        : network(of), number(given), directions{Direction(of.executor_), Direction(of.executor_)} {}

    std::size_t room(std::size_t from) const {
        const Direction& direction = directions[from];
        return direction.buffer_bytes > direction.unread ? direction.buffer_bytes - direction.unread : 0;
    }
    void send(std::size_t from, Piece piece);
    void schedule(std::size_t from);
    void deliver_due(std::size_t from);
    void deliver(std::size_t from, Piece piece);
    void close(std::size_t side);
    void fail(std::size_t side);
    void break_both();
    // Both ends of the stream, after what is under way.
    void end_both();
    void wake(std::size_t side);

    SimulatedNetwork& network;
    const ConnectionNumber number;
    std::array<Side, 2> sides;  // the one that connected, the one that accepted
    std::array<Direction, 2> directions;
};

class SimulatedNetwork::End final : public Stream {
  public:
    End(std::shared_ptr<Connection> connection, std::size_t side) : connection_(std::move(connection)), side_(side) {
        connection_->sides[side_].stream = this;
    }
    ~End() override {
        close();
        connection_->sides[side_].stream = nullptr;
    }

    IoResult read_some(std::span<char> into) override;
    IoResult writev(std::span<const iovec> buffers) override;
    void shutdown_write() override {
        if (!own().closed && !own().failed && !out().shut) connection_->send(side_, {Connection::Piece::Kind::end});
        out().shut = true;
    }
    void close() override {
        if (own().closed) return;
        connection_->close(side_);
        wake();
    }
    std::string peer_host() const override { return connection_->sides[1 - side_].address; }
    ConnectionNumber number() const { return connection_->number; }

    void wake() {
        // Either waiter may destroy this stream.
        const std::weak_ptr<Connection> alive = connection_;
        const std::size_t side = side_;
        if (readable()) resume_reader();
        const auto connection = alive.lock();
        if (!connection) return;
        End* still = connection->sides[side].stream;
        if (still == this && writable()) resume_writer();
    }

  protected:
    bool readable() const override { return own().closed || own().failed || !in().arrived.empty() || in().ended; }
    bool writable() const override {
        return own().closed || own().failed || out().shut || connection_->room(side_) > 0;
    }
    void want_readable() override {}
    void want_writable() override {}
    void change_owner(Executor& owner) override { OBROL_CHECK(&owner == &connection_->network.executor_); }

  private:
    Connection::Side& own() const { return connection_->sides[side_]; }
    Connection::Direction& in() const { return connection_->directions[1 - side_]; }
    Connection::Direction& out() const { return connection_->directions[side_]; }

    std::shared_ptr<Connection> connection_;
    std::size_t side_;
};

}  // namespace obrol
