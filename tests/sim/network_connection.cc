#include "tests/sim/network_connection.h"

#include <algorithm>
#include <cstring>

namespace obrol {
namespace {

// The way into the network is cut anywhere: sometimes into crumbs, mostly into what a packet carries.
constexpr std::array<std::size_t, 4> piece_bytes_max = {7, 120, 1400, 9000};

}  // namespace

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

}  // namespace obrol
