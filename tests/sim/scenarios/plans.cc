#include "tests/sim/scenarios/plans.h"

#include <iterator>

namespace obrol {

using std::chrono::milliseconds;

Duration draw_between(Random& random, Duration min, Duration max) {
    return min + Duration(random.below(static_cast<std::uint64_t>((max - min).count()) + 1));
}

Node& draw_node(World& world) {
    return *world.nodes()[world.random().below(world.nodes().size())];
}

CrashPolicy draw_policy(Random& random) {
    constexpr CrashPolicy policies[] = {CrashPolicy::drop_unsynced, CrashPolicy::keep_unsynced, CrashPolicy::subset};
    return policies[random.below(std::size(policies))];
}

void plan_kills(World& world, Duration within, std::uint64_t count_max) {
    const std::uint64_t count = 1 + world.random().below(count_max);
    for (std::uint64_t i = 0; i < count; ++i) {
        Node& node = draw_node(world);
        world.at(draw_between(world.random(), Duration(0), within), [&node] {
            if (node.is_alive()) node.kill();
        });
    }
}

void plan_power_cut(World& world, Node& node) {
    constexpr std::uint64_t operations_max = 900;
    node.cut_power_later(draw_policy(world.random()), 1 + world.random().below(operations_max));
}

void plan_trouble_between(World& world, const std::string& one, const std::string& other, Duration within) {
    Random& random = world.random();
    const Duration begin = draw_between(random, Duration(0), within);
    const Duration end = begin + draw_between(random, milliseconds(5), milliseconds(1500));
    SimulatedNetwork& network = world.network();
    switch (random.below(4)) {
        case 0:
            world.at(begin, [&network, one, other] { network.split(one, other); });
            world.at(end, [&network, one, other] { network.heal(one, other); });
            break;
        case 1: {
            const Duration added = draw_between(random, milliseconds(1), milliseconds(150));
            world.at(begin, [&network, one, other, added] { network.delay(one, other, added); });
            world.at(end, [&network, one, other] { network.delay(one, other, Duration(0)); });
            break;
        }
        case 2:
            world.at(begin, [&network, one, other] { network.truncate(one, other); });
            break;
        default:
            world.at(begin, [&network, one, other] { network.reset(one, other); });
    }
}

}  // namespace obrol
