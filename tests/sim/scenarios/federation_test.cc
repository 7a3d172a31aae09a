// Servers that are peers, people who write each other across them, and everything that goes wrong between. What must
// hold: tests/sim/federation_checker.h.
#include <gtest/gtest.h>

#include "tests/sim/scenarios/plans.h"
#include "tests/sim/scenarios/seeds.h"

namespace obrol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

World::Options peers(std::size_t nodes) {
    World::Options options;
    options.nodes = nodes;
    options.users_per_node = 0;
    options.members_per_node = 0;
    options.correspondents_per_node = 3;
    return options;
}

void plan_trouble(World& world, Duration within) {
    const std::uint64_t count = 3 + world.random().below(8);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t one = world.random().below(world.nodes().size());
        const std::size_t other = (one + 1 + world.random().below(world.nodes().size() - 1)) % world.nodes().size();
        plan_trouble_between(world, world.nodes()[one]->name(), world.nodes()[other]->name(), within);
    }
}

// A server goes on from an earlier copy of its disk, and is told so.
void plan_putting_back(World& world) {
    Node& node = draw_node(world);
    world.at(draw_between(world.random(), milliseconds(300), milliseconds(900)), [&world, &node] {
        if (!node.is_alive()) return;
        const std::size_t messages = world.correspondence()->messages_begun();
        world.at(draw_between(world.random(), milliseconds(200), milliseconds(900)),
                 [&world, &node, messages, backup = node.backup()] {
                     if (!node.is_alive()) return;
                     world.correspondence()->forget(node, messages);
                     node.put_back(backup);
                 });
    });
}

TEST(Federation, NothingGoesWrong) {
    for_each_seed(4, peers(3), [](World& world) {
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Federation, BadRoads) {
    for_each_seed(12, peers(3), [](World& world) {
        plan_trouble(world, milliseconds(2500));
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

// Nobody asks for a link: it comes back by itself, later.
TEST(Federation, NobodyInsists) {
    World::Options options = peers(2);
    options.insist = false;
    for_each_seed(8, options, [](World& world) {
        plan_trouble(world, seconds(6));
        if (world.random().chance(1, 2)) plan_kills(world, seconds(6), 2);
        world.start_users();
        world.run_for(seconds(8));
        return world.finish({});
    });
}

TEST(Federation, KillsAndBadRoads) {
    for_each_seed(12, peers(3), [](World& world) {
        plan_trouble(world, milliseconds(2500));
        plan_kills(world, milliseconds(2800), 5);
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Federation, PowerCuts) {
    for_each_seed(12, peers(2), [](World& world) {
        const auto plan = [&world](Node& node) { plan_power_cut(world, node); };
        for (const std::unique_ptr<Node>& node : world.nodes())
            plan(*node);
        world.set_on_restart(plan);
        if (world.random().chance(1, 2)) plan_trouble(world, milliseconds(2500));
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

// What its users were told meanwhile may be forgotten there; what others were told is not, and what is sent afterwards
// is no duplicate of anything.
TEST(Federation, AServerIsPutBack) {
    for_each_seed(12, peers(3), [](World& world) {
        plan_putting_back(world);
        if (world.random().chance(1, 2)) plan_trouble(world, milliseconds(2500));
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

// Two of them, or one twice, and others die at the same time.
TEST(Federation, ServersArePutBackAmongKills) {
    for_each_seed(8, peers(3), [](World& world) {
        plan_putting_back(world);
        plan_putting_back(world);
        plan_kills(world, milliseconds(2800), 3);
        if (world.random().chance(1, 2)) plan_trouble(world, milliseconds(2500));
        world.start_users();
        world.run_for(seconds(3));
        return world.finish({});
    });
}

TEST(Federation, TheSameSeedGivesTheSameWorld) {
    const auto hash_of = [](std::uint64_t seed) {
        World world(seed, peers(2));
        plan_trouble(world, seconds(1));
        plan_kills(world, seconds(1), 3);
        world.start_users();
        world.run_for(milliseconds(1500));
        EXPECT_EQ(world.finish({}), std::vector<std::string>());
        EXPECT_GT(world.acknowledged(), 50u);
        return world.trace().hash();
    };
    const std::uint64_t first = hash_of(seed_range().first);
    EXPECT_EQ(first, hash_of(seed_range().first));
    EXPECT_NE(first, hash_of(seed_range().first + 1));
}

}  // namespace
}  // namespace obrol
