// Servers, their users and everything that goes wrong, over many seeds. What must hold: tests/sim/checker.h.
#include <algorithm>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/sim/scenarios/plans.h"
#include "tests/sim/scenarios/seeds.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string draw_user_host(World& world, std::size_t node) {
    return world.user_host(node, world.random().below(world.nodes()[node]->users().size()));
}

World::Options two_servers() {
    World::Options options;
    options.nodes = 2;
    options.users_per_node = 4;
    return options;
}

void plan_network_trouble(World& world, Duration within) {
    const std::uint64_t count = 4 + world.random().below(8);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t number = world.random().below(world.nodes().size());
        plan_trouble_between(world, world.nodes()[number]->name(), draw_user_host(world, number), within);
    }
}

std::uint64_t used_bytes(const RecordingDisk& disk) {
    std::uint64_t bytes = 0;
    for (const auto& [name, content] : disk.current_image())
        bytes += content.size();
    return bytes;
}

TEST(Simulation, NothingGoesWrong) {
    World::Options options = two_servers();
    options.nodes = 3;
    for_each_seed(8, options, [](World& world) {
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Simulation, TheSameSeedGivesTheSameWorld) {
    const auto hash_of = [](std::uint64_t seed) {
        World world(seed, two_servers());
        plan_kills(world, seconds(2), 4);
        plan_network_trouble(world, seconds(2));
        world.set_on_restart([&world](Node& node) { plan_power_cut(world, node); });
        world.start_users();
        world.run_for(seconds(2));
        EXPECT_EQ(world.finish({}), std::vector<std::string>());
        EXPECT_GT(world.acknowledged(), 100u);
        return world.trace().hash();
    };
    const std::uint64_t first = hash_of(seed_range().first);
    EXPECT_EQ(first, hash_of(seed_range().first));
    EXPECT_NE(first, hash_of(seed_range().first + 1));
}

TEST(Simulation, Kills) {
    for_each_seed(20, two_servers(), [](World& world) {
        plan_kills(world, milliseconds(2800), 6);
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Simulation, PowerCuts) {
    for_each_seed(20, two_servers(), [](World& world) {
        const auto plan = [&world](Node& node) { plan_power_cut(world, node); };
        for (const std::unique_ptr<Node>& node : world.nodes())
            plan(*node);
        world.set_on_restart(plan);
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Simulation, NetworkTroubleAndCrashes) {
    for_each_seed(20, two_servers(), [](World& world) {
        plan_network_trouble(world, milliseconds(2500));
        if (world.random().chance(1, 2)) plan_kills(world, milliseconds(2500), 3);
        if (world.random().chance(1, 2)) plan_power_cut(world, draw_node(world));
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Simulation, TheDiskIsFullForAWhile) {
    World::Options options = two_servers();
    options.habits.store_may_refuse = true;
    std::size_t refused = 0;
    for_each_seed(12, options, [&refused](World& world) {
        for (const std::unique_ptr<Node>& place : world.nodes()) {
            Node& node = *place;
            const Duration begin = draw_between(world.random(), milliseconds(100), milliseconds(1200));
            const std::uint64_t room = world.random().below(200'000);
            world.at(begin, [&node, room] { node.disk().set_capacity(used_bytes(node.disk()) + room); });
            const Duration end = begin + draw_between(world.random(), milliseconds(300), milliseconds(1200));
            world.at(end, [&node] { node.disk().set_capacity(std::nullopt); });
            const bool dies_afterwards = world.random().chance(1, 2);
            if (!dies_afterwards) continue;
            world.at(end + milliseconds(1), [&node] {
                if (node.is_alive()) node.kill();
            });
        }
        world.start_users();
        world.run_for(seconds(3));
        std::vector<std::string> broken = world.finish({});
        for (const std::unique_ptr<Node>& node : world.nodes()) {
            const Observed observed = node->history().observed();
            refused += static_cast<std::size_t>(std::count_if(
                observed.sent.begin(), observed.sent.end(),
                [](const SentMessage& sent) { return sent.fate == SentMessage::Fate::refused && !sent.impossible; }));
            if (node->fatal_ends() > 0) broken.push_back(node->name() + " ended because its disk was full");
        }
        return broken;
    });
    EXPECT_TRUE(refused > 0 || !runs_usual_seeds()) << "the disk was never full";
}

TEST(Simulation, ASyncFails) {
#if defined(__SANITIZE_ADDRESS__)
    // A process that its store has ended takes what it held with it: tests/sim/node.h.
    __lsan::ScopedDisabler process_is_gone;
#endif
    World::Options options = two_servers();
    options.habits.store_may_refuse = true;
    std::size_t fatal_ends = 0;
    for_each_seed(12, options, [&fatal_ends](World& world) {
        for (const std::unique_ptr<Node>& place : world.nodes()) {
            Node& node = *place;
            if (world.random().chance(3, 4)) node.set_policy_after_fatal_end(draw_policy(world.random()));
            const std::uint64_t syncs_before = world.random().below(60);
            world.at(draw_between(world.random(), milliseconds(50), milliseconds(1500)), [&node, syncs_before] {
                node.disk().fail_next({DiskFault::Kind::sync, SQLITE_IOERR_FSYNC, syncs_before, false, {}});
            });
        }
        world.set_on_restart([](Node& node) { node.disk().clear_faults(); });
        world.start_users();
        world.run_for(seconds(3));
        std::vector<std::string> broken = world.finish({});
        for (const std::unique_ptr<Node>& node : world.nodes())
            fatal_ends += node->fatal_ends();
        return broken;
    });
    EXPECT_TRUE(fatal_ends > 0 || !runs_usual_seeds()) << "no sync ever failed";
}

}  // namespace
}  // namespace obrol
