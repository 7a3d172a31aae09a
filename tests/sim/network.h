// A network of named hosts (with addresses 10.0.…) in one simulated world: bytes arrive late, in pieces cut anywhere,
// through small buffers, and connections break in all the ways they do.
//
// It behaves as TCP on Linux does where that matters to a server: what the kernel took is not yet what the other side
// has; closing with unread input resets the connection; a connection to a host that crashed fails, perhaps after some
// of what was under way has arrived.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "io/executor.h"
#include "io/network.h"
#include "tests/sim/trace.h"

namespace obrol {

class SimulatedNetwork {
  public:
    struct Options {
        // One way, drawn for each piece; a link has its own share of this range, drawn once.
        Duration latency_min = std::chrono::microseconds(20);
        Duration latency_max = std::chrono::milliseconds(3);
        // What can be under way in one direction of a connection, written and not read yet; drawn once for each.
        std::size_t buffer_bytes_min = 2 * 1024;
        std::size_t buffer_bytes_max = 64 * 1024;
    };
    // Counts the connections of the network, from 1.
    using ConnectionNumber = std::uint64_t;
    // Called with what the kernel of an accepting side, `host`, took from its program, piece by piece.
    using Tap = std::function<void(ConnectionNumber, const std::string& host, std::string_view bytes)>;

    // All of them must outlive it; everything happens on `executor`.
    SimulatedNetwork(Executor& executor, Random& random, Trace& trace, Options options);
    ~SimulatedNetwork();
    SimulatedNetwork(const SimulatedNetwork&) = delete;
    SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

    // What programs on that host see; lives as long as the network. Listening there means any address of the host;
    // connecting goes to the host named by Endpoint::host.
    Network& host(const std::string& name);

    // Nothing gets through between the two until heal(): connections stall, new ones time out.
    void split(const std::string& one, const std::string& other);
    void heal(const std::string& one, const std::string& other);
    // Heals everything and takes every added delay away.
    void heal_all();
    // So much is added to every latency between the two.
    void delay(const std::string& one, const std::string& other, Duration added);
    // Breaks the connections between the two: both sides fail at once, what is under way is lost.
    void reset(const std::string& one, const std::string& other);
    // Cuts each connection between the two at a byte, a few hundred on: what was written before it arrives, the rest is
    // lost although it was taken, and both sides read the end of the stream.
    void truncate(const std::string& one, const std::string& other);
    // The programs on that host are gone: its listeners and its ends of connections fail; the other sides get what
    // the seed lets through of what was under way, then a reset.
    void crash(const std::string& name);

    void set_tap(Tap tap) { tap_ = std::move(tap); }
    // Of a stream that this network made.
    static ConnectionNumber number_of(const Stream& stream);

  private:
    class Host;
    class Door;
    class End;
    struct Connection;
    struct Link {
        bool is_split = false;
        Duration latency_min{};
        Duration latency_max{};
        Duration added{};
    };
    using Hosts = std::pair<std::string, std::string>;

    Link& link(const std::string& one, const std::string& other);
    Duration draw_latency(const std::string& one, const std::string& other);
    std::shared_ptr<Connection> open(const std::string& from, const std::string& to);
    std::string name_of(std::string host_or_address) const;
    void for_each_between(const Hosts& hosts, const std::function<void(const std::shared_ptr<Connection>&)>& action);

    Executor& executor_;
    Random& random_;
    Trace& trace_;
    Options options_;
    Tap tap_;
    ConnectionNumber last_number_ = 0;
    std::map<std::string, std::unique_ptr<Host>> hosts_;
    std::map<Hosts, Link> links_;
    std::map<ConnectionNumber, std::weak_ptr<Connection>> connections_;
};

}  // namespace obrol
