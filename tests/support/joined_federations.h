// For the tests of this folder: servers with links between them, in one thread on virtual time. Their cores are
// scripted (scripted_peering.h); the wires between them can be cut, stalled and listened to.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "federation/federation.h"
#include "federation/waiting.h"
#include "io/deterministic_executor.h"
#include "storage/blob_store.h"
#include "tests/support/memory_stream.h"
#include "tests/support/plain_secure_channel.h"
#include "tests/support/run_task.h"
#include "tests/support/scripted_peering.h"

namespace obrol::testing {

// Collects what it logs.
class KeepingLogger final : public Logger {
  public:
    bool enabled(LogLevel) const override { return true; }
    void write(LogLevel level, std::string_view line) override {
        if (level == LogLevel::warning || level == LogLevel::error) troubles.emplace_back(line);
        if (level == LogLevel::info) remarks.emplace_back(line);
    }
    std::vector<std::string> troubles;
    std::vector<std::string> remarks;
};

template <class T>
Task<void> ignore(Task<T> task) {
    co_await std::move(task);
}

// Collects what is written.
class KeepingBlobWriter final : public BlobWriter {
  public:
    Task<Result<void>> write(Executor&, std::string_view bytes) override {
        content += bytes;
        largest = std::max(largest, bytes.size());
        co_return Result<void>();
    }
    Task<Result<BlobDigest>> seal() override { co_return fail("not needed"); }
    Task<Result<void>> publish() override { co_return fail("not needed"); }

    std::string content;
    std::size_t largest = 0;
};

// One connection between two servers, in the middle of which a test can do what networks do.
struct Wire {
    std::unique_ptr<MemoryStream> left;  // towards the one who dialled
    std::unique_ptr<MemoryStream> right;
    std::size_t passed = 0;  // bytes, both ways
    std::string from_left;   // all that went from left to right
    bool is_stalled = false;
    void cut() {
        left->reset();
        right->reset();
    }
};

class World;

// One server.
class Node {
  public:
    Node(World& world, std::string name, std::uint8_t key_byte, FederationOptions options,
         std::vector<PeerRotation> rotations = {});

    World& world;
    const std::string name;
    SigningKey key;
    KeepingLogger logger;
    ScriptedPeering peering;
    PlainSecureChannel secure;
    std::unique_ptr<Federation> federation;
};

class World final : public Network {
  public:
    explicit World(std::uint64_t seed = 1) : executor(seed), random(seed) {}
    ~World() override {
        unstall();
        for (const auto& wire : wires)
            wire->cut();
        for (const auto& [name, node] : nodes)
            stop(*node);
        run(gate.close());
        nodes.clear();
    }

    // Whose key is the lower, Ed25519 decides.
    Node& add(const std::string& name, std::uint8_t key_byte, FederationOptions options = {},
              std::vector<PeerRotation> rotations = {}) {
        nodes[name] = std::make_unique<Node>(*this, name, key_byte, std::move(options), std::move(rotations));
        return *nodes[name];
    }
    void stop(Node& node) { run(node.federation->stop()); }
    // The two know each other's address, or only the first the other's.
    static void introduce(Node& one, Node& other, bool both_ways) {
        one.peering.add(other.name, other.name);
        if (both_ways) other.peering.add(one.name, one.name);
    }
    void run_for(Duration duration) { executor.run_for(duration); }

    // Runs until the task ends; fails the test when that takes an hour.
    void run(Task<void> task) {
        bool is_done = false;
        Gate own("task of a test");
        own.spawn(mark_done(std::move(task), is_done));
        const MonotonicTime until = executor.clock().monotonic_now() + std::chrono::hours(1);
        while (!is_done && executor.clock().monotonic_now() < until && executor.step()) {
        }
        if (!is_done) std::abort();
    }
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        run(keep_value(std::move(task), result));
        return std::move(*result);
    }

    Result<std::unique_ptr<Listener>> listen(const Endpoint&) override { return fail("not needed"); }
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) override {
        return connect_to(*this, to, timeout);
    }
    // The connected ends of a new wire to that server, which takes it as a link.
    std::unique_ptr<Stream> dial(Node& node) {
        const MemoryStream::Options everybody{.first_host = address, .second_host = address};
        auto [client, left] = MemoryStream::make_pair(executor, everybody);
        auto [right, server] = MemoryStream::make_pair(executor, everybody);
        left->set_read_bytes_max(read_bytes_max);
        right->set_read_bytes_max(read_bytes_max);
        auto wire = std::make_unique<Wire>();
        wire->left = std::move(left);
        wire->right = std::move(right);
        wire->is_stalled = new_wires_stall;
        wires.push_back(std::move(wire));
        gate.spawn(shovel(*this, *wires.back(), true));
        gate.spawn(shovel(*this, *wires.back(), false));
        gate.spawn(take(*this, node, std::move(server)));
        return std::move(client);
    }
    Wire& last_wire() { return *wires.back(); }
    void unstall() {
        for (const auto& wire : wires)
            wire->is_stalled = false;
        new_wires_stall = false;
        moved.ring();
    }

    DeterministicExecutor executor;
    SeededRandom random;
    std::map<std::string, std::unique_ptr<Node>> nodes;
    std::vector<std::unique_ptr<Wire>> wires;
    std::string address = "127.0.0.1";  // from which everybody comes
    std::set<std::string> down;         // nobody listens there
    std::set<std::string> unknown_names;
    std::set<std::string> black_holes;  // nobody answers there
    std::optional<std::size_t> cut_at;  // the wire that passes so many bytes is cut there, once
    bool new_wires_stall = false;
    std::size_t read_bytes_max = std::numeric_limits<std::size_t>::max();
    Gate gate{"world"};
    Bell moved{executor};

  private:
    static Task<void> mark_done(Task<void> task, bool& is_done) {
        co_await std::move(task);
        is_done = true;
    }
    static Task<Result<std::unique_ptr<Stream>>> connect_to(World& world, Endpoint to, Duration timeout) {
        if (world.black_holes.contains(to.host)) {
            co_await sleep_for(world.executor, timeout);
            co_return fail("no answer in time");
        }
        co_await sleep_for(world.executor, std::chrono::milliseconds(1));
        if (world.unknown_names.contains(to.host)) co_return fail(std::string(cannot_resolve) + to.host);
        const auto found = world.nodes.find(to.host);
        if (found == world.nodes.end() || world.down.contains(to.host)) co_return fail("Connection refused");
        co_return world.dial(*found->second);
    }
    static Task<void> take(World& world, Node& node, std::unique_ptr<Stream> stream) {
        const MonotonicTime deadline = world.executor.clock().monotonic_now() + std::chrono::seconds(5);
        auto secure = co_await node.secure.accept(std::move(stream), deadline);
        if (secure && node.federation) node.federation->accept(std::move(*secure));
    }
    static Task<void> shovel(World& world, Wire& wire, bool from_left) {
        MemoryStream& from = from_left ? *wire.left : *wire.right;
        MemoryStream& to = from_left ? *wire.right : *wire.left;
        std::array<char, 16 * 1024> bytes;
        for (;;) {
            co_await from.wait_readable();
            while (wire.is_stalled)
                co_await world.moved.wait();
            const IoResult read = from.read_some(bytes);
            if (read.status == IoStatus::would_block) continue;
            if (read.status != IoStatus::ok) break;
            std::size_t count = read.bytes;
            const bool cuts = world.cut_at && wire.passed + count > *world.cut_at;
            if (cuts) count = *world.cut_at - wire.passed;
            wire.passed += count;
            if (from_left) wire.from_left.append(bytes.data(), count);
            for (std::size_t written = 0; written < count;) {
                const iovec rest{bytes.data() + written, count - written};
                const IoResult result = to.writev(std::span(&rest, 1));
                if (result.status == IoStatus::would_block) {
                    co_await to.wait_writable();
                    continue;
                }
                if (result.status != IoStatus::ok) break;
                written += result.bytes;
            }
            if (!cuts) continue;
            world.cut_at.reset();
            wire.cut();
        }
        to.shutdown_write();
    }
};

inline Node::Node(World& of, std::string label, std::uint8_t key_byte, FederationOptions options,
                  std::vector<PeerRotation> rotations)
    : world(of),
      name(std::move(label)),
      key([key_byte] {
          SigningSeed seed;
          seed.fill(key_byte);
          return seed;
      }()),
      peering(of.executor),
      secure(of.executor, of.random, name),
      federation(
          std::make_unique<Federation>(Federation::Parts{of.executor, of, secure, peering, key, of.random, logger},
                                       std::move(options), name, std::move(rotations))) {
    peering.own_key = key.public_key();
}

}  // namespace obrol::testing
