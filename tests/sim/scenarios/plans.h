// What is to go wrong in a world, drawn from its seed.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/world.h"

namespace obrol {

Duration draw_between(Random& random, Duration min, Duration max);
Node& draw_node(World& world);
CrashPolicy draw_policy(Random& random);

// Up to so many, of any server.
void plan_kills(World& world, Duration within, std::uint64_t count_max);
// Where it strikes is drawn among the operations of the disk, so that it hits the middle of a commit, of a slice of
// indexing and of a checkpoint as often as they happen.
void plan_power_cut(World& world, Node& node);
// Splits them for a while, makes everything between them late for a while, or resets or truncates their connections.
void plan_trouble_between(World& world, const std::string& one, const std::string& other, Duration within);

}  // namespace obrol
