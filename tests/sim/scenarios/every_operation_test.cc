// A short run whose disk is cut off after every single operation; with sanitizers, after some of them.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <optional>

#include "tests/sim/scenarios/seeds.h"
#include "tests/sim/store_reader.h"

namespace obrol {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

template <class Asked>
void forget_later(std::vector<Asked>& asked, std::uint64_t operation) {
    for (Asked& one : asked) {
        if (one.fate == SentMessage::Fate::acknowledged && one.acknowledged_at > operation)
            one.fate = SentMessage::Fate::unknown;
    }
}

// What could be known when the disk had done `operation`, and may be asked of what it then held.
Observed as_of(const Observed& observed, std::uint64_t operation) {
    Observed then;
    then.sent = observed.sent;
    then.lives = observed.lives;
    forget_later(then.sent, operation);
    return then;
}

GroupsObserved as_of(const GroupsObserved& observed, std::uint64_t operation) {
    GroupsObserved then;
    then.posts = observed.posts;
    then.deeds = observed.deeds;
    then.contacts = observed.contacts;
    forget_later(then.posts, operation);
    forget_later(then.deeds, operation);
    forget_later(then.contacts, operation);
    return then;
}

// How often the database itself, not its log, was written to up to `last`: what checkpoints do.
std::size_t writes_to_database(const DiskRecord& record, std::uint64_t last) {
    std::optional<std::uint32_t> database;
    std::size_t count = 0;
    for (std::uint64_t number = 1; number <= last; ++number) {
        const DiskOperation& operation = record.operation(number);
        if (operation.kind == DiskOperation::Kind::create && operation.name == "/obrol.db") database = operation.file;
        if (operation.kind == DiskOperation::Kind::write && operation.file == database) ++count;
    }
    return count;
}

std::vector<std::string> cut_at_every_operation(World& world) {
    Node& node = *world.nodes().front();
    const std::uint64_t first = node.disk().operation_count();
    world.start_users();
    world.run_for(milliseconds(1200));
    // Both happen between commits, and once more in the end, when the server closes its store.
    EXPECT_GT(writes_to_database(node.disk().record(), node.disk().operation_count()),
              writes_to_database(node.disk().record(), first))
        << "the run has no checkpoint in it";
    const std::size_t entries_min = simulated_store_options(node.disk()).tail_entries_max;
    EXPECT_GT(node.history().acknowledged_count(), entries_min) << "the run has no index slices in it";
    std::vector<std::string> broken = world.finish({});
    if (!broken.empty()) return broken;

    const Observed observed = node.history().observed();
    const std::uint64_t last = node.disk().operation_count();
    CheckOptions options;
    options.drained = false;
    constexpr CrashPolicy policies[] = {CrashPolicy::drop_unsynced, CrashPolicy::subset, CrashPolicy::keep_unsynced};
    ImageWalker walker(node.disk().record());
    // With sanitizers after one of so many, in strides that follow no rhythm of the store's.
    const auto stride = [&world] { return 1 + world.random().below(2 * sanitizer_divisor - 1); };
    for (std::uint64_t operation = first; operation <= last && broken.empty(); operation += stride()) {
        walker.advance_to(operation);
        const CrashPolicy policy = policies[world.random().below(std::size(policies))];
        const RecordingDisk disk(world.random(), world.executor().clock(), walker.image(policy, world.random()));
        const Result<CheckedStore> stored = read_stored(disk, node.users());
        if (stored) {
            broken = broken_rules(as_of(observed, operation), stored->conversations, options);
            const GroupsObserved groups = as_of(node.groups_observed(), operation);
            for (std::string& rule : broken_group_rules(groups, stored->groups, options))
                broken.push_back(std::move(rule));
            for (std::string& rule : broken_contact_rules(groups, stored->contacts))
                broken.push_back(std::move(rule));
        } else {
            broken = {"store: " + stored.error().what};
        }
        for (std::string& rule : broken)
            rule = fmt::format("cut after operation {} of {}, policy {}: {}", operation, last, static_cast<int>(policy),
                               rule);
    }
    testing::Test::RecordProperty("operations", static_cast<int>(last - first));
    testing::Test::RecordProperty("messages", static_cast<int>(observed.sent.size()));
    return broken;
}

TEST(Simulation, APowerCutAtEveryOperation) {
    World::Options options;
    options.nodes = 1;
    options.users_per_node = 3;
    options.members_per_node = 2;
    options.habits.drops_percent = 0;
    // An acknowledgement that comes too early arrives before its commit.
    options.network.latency_min = microseconds(1);
    options.network.latency_max = microseconds(20);
    for_each_seed(1, options, cut_at_every_operation);
}

}  // namespace
}  // namespace obrol
