#include "tests/sim/network.h"

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstring>
#include <deque>
#include <fmt/core.h>
#include <vector>

#include "base/check.h"
#include "io/timer.h"

namespace obrol {
namespace {

constexpr std::uint16_t first_free_port = 40'000;

// The way into the network is cut anywhere: sometimes into crumbs, mostly into what a packet carries.
constexpr std::array<std::size_t, 4> piece_bytes_max = {7, 120, 1400, 9000};

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

}  // namespace

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

IoResult SimulatedNetwork::End::read_some(std::span<char> into) {
    if (own().closed || own().failed) return {IoStatus::failed, 0};
    Connection::Direction& from = in();
    if (from.arrived.empty()) return {from.ended ? IoStatus::closed : IoStatus::would_block, 0};
    const std::size_t count = std::min(into.size(), from.arrived.size());
    std::memcpy(into.data(), from.arrived.data(), count);
    from.arrived.erase(0, count);
    from.unread -= count;
    connection_->wake(1 - side_);
    return {IoStatus::ok, count};
}

IoResult SimulatedNetwork::End::writev(std::span<const iovec> buffers) {
    if (own().closed || own().failed) return {IoStatus::failed, 0};
    if (out().shut) return {IoStatus::closed, 0};
    const std::size_t room = connection_->room(side_);
    if (room == 0) return {IoStatus::would_block, 0};
    std::string bytes;
    for (const iovec& buffer : buffers) {
        const std::size_t count = std::min(buffer.iov_len, room - bytes.size());
        bytes.append(static_cast<const char*>(buffer.iov_base), count);
    }
    OBROL_CHECK(!bytes.empty());
    SimulatedNetwork& network = connection_->network;
    if (side_ == 1 && network.tap_) network.tap_(connection_->number, own().host, bytes);
    const std::size_t taken = bytes.size();
    const bool is_cut = out().cut_after && taken > *out().cut_after;
    if (is_cut)
        bytes.resize(*out().cut_after);
    else if (out().cut_after)
        *out().cut_after -= taken;
    out().unread += bytes.size();
    const std::size_t piece_max = piece_bytes_max[network.random_.below(piece_bytes_max.size())];
    for (std::size_t begin = 0; begin < bytes.size();) {
        // A long answer in crumbs would be a hundred thousand events that show nothing new.
        const std::size_t longest = std::max(piece_max, bytes.size() / 16);
        const std::size_t count = std::min(1 + network.random_.below(longest), bytes.size() - begin);
        connection_->send(side_, {Connection::Piece::Kind::bytes, bytes.substr(begin, count)});
        begin += count;
    }
    if (is_cut) connection_->end_both();
    return {IoStatus::ok, taken};
}

void SimulatedNetwork::Connection::send(std::size_t from, Piece piece) {
    Direction& direction = directions[from];
    piece.arrives_at =
        network.executor_.clock().monotonic_now() + network.draw_latency(sides[from].host, sides[1 - from].host);
    if (!direction.under_way.empty())
        piece.arrives_at = std::max(piece.arrives_at, direction.under_way.back().arrives_at);
    direction.under_way.push_back(std::move(piece));
    schedule(from);
}

void SimulatedNetwork::Connection::schedule(std::size_t from) {
    Direction& direction = directions[from];
    if (direction.under_way.empty() || direction.timer.active()) return;
    direction.timer.start(direction.under_way.front().arrives_at,
                          [kept = shared_from_this(), from] { kept->deliver_due(from); });
}

void SimulatedNetwork::Connection::deliver_due(std::size_t from) {
    if (network.link(sides[0].host, sides[1].host).is_split) return;  // heal() schedules again
    Direction& direction = directions[from];
    const MonotonicTime now = network.executor_.clock().monotonic_now();
    while (!direction.under_way.empty() && direction.under_way.front().arrives_at <= now) {
        Piece piece = std::move(direction.under_way.front());
        direction.under_way.pop_front();
        deliver(from, std::move(piece));
    }
    schedule(from);
}

void SimulatedNetwork::Connection::deliver(std::size_t from, Piece piece) {
    const std::size_t to = 1 - from;
    if (sides[to].failed) return;
    if (piece.kind == Piece::Kind::reset) {
        network.trace_.note("network: {} -> {} #{} reset", sides[from].host, sides[to].host, number);
        fail(to);
        return;
    }
    if (sides[to].closed) {
        // Nobody reads here any more: the kernel of that host says so.
        if (piece.kind == Piece::Kind::bytes && !sides[from].failed) send(to, {Piece::Kind::reset});
        return;
    }
    if (piece.kind == Piece::Kind::end) {
        directions[from].ended = true;
    } else {
        directions[from].arrived += piece.bytes;
    }
    wake(to);
}

void SimulatedNetwork::Connection::close(std::size_t side) {
    Side& own = sides[side];
    own.closed = true;
    Direction& out = directions[side];
    if (own.failed) return;
    if (!directions[1 - side].arrived.empty()) {
        send(side, {Piece::Kind::reset});
    } else if (!out.shut) {
        send(side, {Piece::Kind::end});
    }
    out.shut = true;
}

void SimulatedNetwork::Connection::fail(std::size_t side) {
    Side& own = sides[side];
    if (own.failed) return;
    own.failed = true;
    directions[side].under_way.clear();
    directions[side].timer.cancel();
    directions[1 - side].arrived.clear();
    wake(side);
}

void SimulatedNetwork::Connection::break_both() {
    fail(0);
    fail(1);
}

void SimulatedNetwork::Connection::end_both() {
    network.trace_.note("network: {} - {} #{} is truncated", sides[0].host, sides[1].host, number);
    for (std::size_t side = 0; side < 2; ++side) {
        const bool is_over = sides[side].closed || sides[side].failed || directions[side].shut;
        if (!is_over) send(side, {Piece::Kind::end});
        directions[side].shut = true;
    }
}

// In a turn of the loop, never inside the call that made it possible.
void SimulatedNetwork::Connection::wake(std::size_t side) {
    network.executor_.post([kept = shared_from_this(), side] {
        if (End* stream = kept->sides[side].stream) stream->wake();
    });
}

// A listener's state, which its connections on the way in may outlive.
class SimulatedNetwork::Door {
  public:
    explicit Door(Endpoint at) : at_(std::move(at)) {}

    const Endpoint& at() const { return at_; }
    bool is_closed() const { return closed_; }
    void arrived(std::unique_ptr<Stream> stream) {
        waiting_.push_back(std::move(stream));
        wake();
    }
    void close() {
        closed_ = true;
        waiting_.clear();
        wake();
    }
    // Resumes when somebody waits to be let in, or when the door is closed.
    auto someone() {
        struct Someone {
            Door& door;
            bool await_ready() const { return door.closed_ || !door.waiting_.empty(); }
            void await_suspend(std::coroutine_handle<> acceptor) { door.acceptor_ = acceptor; }
            void await_resume() const {}
        };
        return Someone{*this};
    }
    std::unique_ptr<Stream> take() {
        std::unique_ptr<Stream> stream = std::move(waiting_.front());
        waiting_.pop_front();
        return stream;
    }

  private:
    void wake() {
        if (acceptor_) std::exchange(acceptor_, {}).resume();
    }

    Endpoint at_;
    bool closed_ = false;
    std::deque<std::unique_ptr<Stream>> waiting_;
    std::coroutine_handle<> acceptor_;
};

class SimulatedNetwork::Host final : public Network {
  public:
    Host(SimulatedNetwork& network, std::string name, std::size_t number)
        : network_(network),
          name_(std::move(name)),
          address_(fmt::format("10.0.{}.{}", number / 250, number % 250 + 1)) {}

    const std::string& address() const { return address_; }

    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) override {
        return connect_from(network_, name_, to, timeout);
    }

    std::shared_ptr<Door> door(std::uint16_t port) const {
        const auto found = doors_.find(port);
        return found == doors_.end() ? nullptr : found->second;
    }
    void crash() {
        for (const auto& [port, door] : std::exchange(doors_, {}))
            door->close();
    }

  private:
    class OpenDoor;
    static Task<Result<std::unique_ptr<Stream>>> connect_from(SimulatedNetwork& network, std::string from, Endpoint to,
                                                              Duration timeout);

    SimulatedNetwork& network_;
    std::string name_;
    std::string address_;
    std::map<std::uint16_t, std::shared_ptr<Door>> doors_;
    std::uint16_t next_port_ = first_free_port;
};

class SimulatedNetwork::Host::OpenDoor final : public Listener {
  public:
    OpenDoor(Host& host, std::shared_ptr<Door> door) : host_(host), door_(std::move(door)) {}
    ~OpenDoor() override { close(); }

    Task<Result<std::unique_ptr<Stream>>> accept(Executor&) override { return accept_at(door_); }
    Endpoint local() const override { return door_->at(); }
    bool is_closed() const override { return door_->is_closed(); }
    void close() override {
        if (door_->is_closed()) return;
        host_.doors_.erase(door_->at().port);
        door_->close();
    }

  private:
    static Task<Result<std::unique_ptr<Stream>>> accept_at(std::shared_ptr<Door> door) {
        co_await door->someone();
        if (door->is_closed()) co_return fail("the listener is closed");
        co_return door->take();
    }

    Host& host_;
    std::shared_ptr<Door> door_;
};

Result<std::unique_ptr<Listener>> SimulatedNetwork::Host::listen(const Endpoint& at) {
    Endpoint bound{name_, at.port};
    while (bound.port == 0) {
        if (!doors_.contains(next_port_)) bound.port = next_port_;
        ++next_port_;
    }
    if (doors_.contains(bound.port))
        return fail(fmt::format("cannot listen on {}: Address already in use", to_string(bound)));
    auto door = std::make_shared<Door>(bound);
    doors_.emplace(bound.port, door);
    return std::make_unique<OpenDoor>(*this, std::move(door));
}

Task<Result<std::unique_ptr<Stream>>> SimulatedNetwork::Host::connect_from(SimulatedNetwork& network, std::string from,
                                                                           Endpoint to, Duration timeout) {
    to.host = network.name_of(std::move(to.host));
    const Duration there = network.draw_latency(from, to.host);
    const Duration back = network.draw_latency(from, to.host);
    if (network.link(from, to.host).is_split || there + back > timeout) {
        co_await sleep_for(network.executor_, timeout);
        co_return fail(fmt::format("cannot connect to {}: Connection timed out", to_string(to)));
    }
    co_await sleep_for(network.executor_, there);
    const auto host = network.hosts_.find(to.host);
    const std::shared_ptr<Door> door = host == network.hosts_.end() ? nullptr : host->second->door(to.port);
    std::unique_ptr<Stream> stream;
    if (door) {
        const std::shared_ptr<Connection> connection = network.open(from, to.host);
        stream = std::make_unique<End>(connection, 0);
        door->arrived(std::make_unique<End>(connection, 1));
    }
    co_await sleep_for(network.executor_, back);
    if (!stream) co_return fail(fmt::format("cannot connect to {}: Connection refused", to_string(to)));
    co_return stream;
}

SimulatedNetwork::SimulatedNetwork(Executor& executor, Random& random, Trace& trace, Options options)
    : executor_(executor), random_(random), trace_(trace), options_(options) {}

SimulatedNetwork::~SimulatedNetwork() {
    // Pieces that are still under way keep their connection.
    for (const auto& [number, weak] : connections_) {
        const std::shared_ptr<Connection> connection = weak.lock();
        if (!connection) continue;
        for (Connection::Direction& direction : connection->directions)
            direction.timer.cancel();
    }
}

Network& SimulatedNetwork::host(const std::string& name) {
    const auto found = hosts_.find(name);
    if (found != hosts_.end()) return *found->second;
    return *hosts_.emplace(name, std::make_unique<Host>(*this, name, hosts_.size())).first->second;
}

// Of a host that has that address; everything else is a name.
std::string SimulatedNetwork::name_of(std::string host_or_address) const {
    const auto found =
        std::ranges::find_if(hosts_, [&](const auto& host) { return host.second->address() == host_or_address; });
    return found == hosts_.end() ? std::move(host_or_address) : found->first;
}

SimulatedNetwork::ConnectionNumber SimulatedNetwork::number_of(const Stream& stream) {
    const auto* end = dynamic_cast<const End*>(&stream);
    OBROL_CHECK(end);
    return end->number();
}

SimulatedNetwork::Link& SimulatedNetwork::link(const std::string& one, const std::string& other) {
    const auto [place, is_new] = links_.try_emplace(std::minmax(one, other));
    if (is_new) {
        Link& fresh = place->second;
        fresh.latency_min = options_.latency_min;
        fresh.latency_max = draw_between(random_, options_.latency_min, options_.latency_max);
    }
    return place->second;
}

Duration SimulatedNetwork::draw_latency(const std::string& one, const std::string& other) {
    const Link& between = link(one, other);
    return between.added + draw_between(random_, between.latency_min, between.latency_max);
}

std::shared_ptr<SimulatedNetwork::Connection> SimulatedNetwork::open(const std::string& from, const std::string& to) {
    std::erase_if(connections_, [](const auto& entry) { return entry.second.expired(); });
    auto connection = std::make_shared<Connection>(*this, ++last_number_);
    connection->sides[0].host = from;
    connection->sides[0].address = hosts_.at(from)->address();
    connection->sides[1].host = to;
    connection->sides[1].address = hosts_.at(to)->address();
    for (Connection::Direction& direction : connection->directions) {
        direction.buffer_bytes = static_cast<std::size_t>(
            options_.buffer_bytes_min + random_.below(options_.buffer_bytes_max - options_.buffer_bytes_min + 1));
    }
    connections_.emplace(connection->number, connection);
    trace_.note("network: {} -> {} #{} open", from, to, connection->number);
    return connection;
}

void SimulatedNetwork::for_each_between(const Hosts& hosts,
                                        const std::function<void(const std::shared_ptr<Connection>&)>& action) {
    for (const auto& [number, weak] : connections_) {
        const std::shared_ptr<Connection> connection = weak.lock();
        if (connection && Hosts(std::minmax(connection->sides[0].host, connection->sides[1].host)) == hosts)
            action(connection);
    }
}

void SimulatedNetwork::split(const std::string& one, const std::string& other) {
    trace_.note("network: {} and {} are split", one, other);
    link(one, other).is_split = true;
}

void SimulatedNetwork::heal(const std::string& one, const std::string& other) {
    trace_.note("network: {} and {} are healed", one, other);
    link(one, other).is_split = false;
    for_each_between(std::minmax(one, other), [](const std::shared_ptr<Connection>& connection) {
        for (std::size_t from = 0; from < 2; ++from)
            connection->schedule(from);
    });
}

void SimulatedNetwork::heal_all() {
    for (auto& [hosts, between] : links_) {
        between.added = Duration(0);
        if (between.is_split) heal(hosts.first, hosts.second);
    }
}

void SimulatedNetwork::delay(const std::string& one, const std::string& other, Duration added) {
    trace_.note("network: {} ns more between {} and {}", added.count(), one, other);
    link(one, other).added = added;
}

void SimulatedNetwork::reset(const std::string& one, const std::string& other) {
    trace_.note("network: connections between {} and {} are reset", one, other);
    for_each_between(std::minmax(one, other),
                     [](const std::shared_ptr<Connection>& connection) { connection->break_both(); });
}

void SimulatedNetwork::truncate(const std::string& one, const std::string& other) {
    constexpr std::size_t further_bytes_max = 1000;
    for_each_between(std::minmax(one, other), [this](const std::shared_ptr<Connection>& connection) {
        for (Connection::Direction& direction : connection->directions)
            direction.cut_after = random_.below(further_bytes_max);
    });
}

void SimulatedNetwork::crash(const std::string& name) {
    trace_.note("network: {} is down", name);
    if (const auto host = hosts_.find(name); host != hosts_.end()) host->second->crash();
    for (const auto& [number, weak] : connections_) {
        const std::shared_ptr<Connection> connection = weak.lock();
        if (!connection) continue;
        for (std::size_t side = 0; side < 2; ++side) {
            if (connection->sides[side].host != name || connection->sides[side].failed) continue;
            std::deque<Connection::Piece> under_way = std::exchange(connection->directions[side].under_way, {});
            under_way.resize(random_.below(under_way.size() + 1));
            connection->fail(side);
            connection->directions[side].under_way = std::move(under_way);
            connection->send(side, {Connection::Piece::Kind::reset});
        }
    }
}

}  // namespace obrol
