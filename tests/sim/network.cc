#include "tests/sim/network.h"

#include <algorithm>
#include <deque>

#include "base/check.h"
#include "tests/sim/network_connection.h"
#include "tests/sim/network_host.h"

namespace obrol {
namespace {

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

}  // namespace

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
    if (found != hosts_.end()) return found->first;
    return host_or_address;
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
