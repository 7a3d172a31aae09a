// A whole world in one thread, on virtual time, from one seed: servers, their users, the network between them and the
// faults of a scenario. The same seed gives the same world, event by event.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/deterministic_executor.h"
#include "tests/sim/checker.h"
#include "tests/sim/client.h"
#include "tests/sim/correspondence.h"
#include "tests/sim/member.h"
#include "tests/sim/network.h"
#include "tests/sim/node.h"
#include "tests/sim/trace.h"

namespace obrol {

class World {
  public:
    struct Options {
        std::size_t nodes = 2;
        std::size_t users_per_node = 5;
        // Who live in groups, beside those.
        std::size_t members_per_node = 3;
        // Where there are any, the servers are peers, and these write each other across them. The last one of each node
        // comes to groups and leaves them.
        std::size_t correspondents_per_node = 0;
        // Whether somebody asks for every link that is down.
        bool insist = true;
        SimulatedUser::Habits habits{};
        SimulatedNetwork::Options network{};
        Node::Options node{};
        // How long a server that died stays down.
        Duration down_min = std::chrono::milliseconds(1);
        Duration down_max = std::chrono::milliseconds(300);
    };

    World(std::uint64_t seed, Options options);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Random& random() { return random_; }
    DeterministicExecutor& executor() { return executor_; }
    SimulatedNetwork& network() { return network_; }
    const Trace& trace() const { return trace_; }
    const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
    // The host of one of a node's users, those who live in groups included.
    std::string user_host(std::size_t node, std::size_t user) const;

    // Everybody comes in.
    void start_users();
    void run_for(Duration duration) { executor_.run_for(duration); }
    // `action` in the middle of things, after `delay`.
    void at(Duration delay, std::function<void()> action);
    // Called whenever a server has been started again after its death.
    void set_on_restart(std::function<void(Node&)> on_restart) { on_restart_ = std::move(on_restart); }

    // All faults end, every server is started again that is down, the users leave, all inboxes are fetched until they
    // are empty, the servers stop. Gives the broken rules of all servers; none when all is well.
    std::vector<std::string> finish(const CheckOptions& options);

    std::size_t acknowledged() const;
    // None where the servers are no peers.
    Correspondence* correspondence() { return correspondence_.get(); }

  private:
    struct Resident {
        std::string host;
        std::unique_ptr<SimulatedUser> user;
    };

    // Makes the node of that number, and those who live there.
    void settle(std::size_t number);
    void drain(std::size_t number);

    void start(Node& node);
    Task<void> start_node(Node& node);
    void restart_later(Node& node);
    std::vector<std::string> check(Node& node, const CheckedStore& stored, const CheckOptions& options);

    Options options_;
    SeededRandom random_;
    DeterministicExecutor executor_;
    Trace trace_;
    SeededRandom network_random_;
    SimulatedNetwork network_;
    Gate morgue_{"morgue"};
    Gate living_{"users"};
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::vector<Resident>> residents_;
    std::vector<std::vector<std::unique_ptr<SimulatedMember>>> members_;
    std::unique_ptr<Correspondence> correspondence_;
    std::vector<std::unique_ptr<Timer>> plans_;
    std::function<void(Node&)> on_restart_;
    std::vector<std::string> troubles_;
};

}  // namespace obrol
