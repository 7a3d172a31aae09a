#include "tests/sim/world.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "base/check.h"
#include "tests/sim/store_reader.h"

namespace obrol {
namespace {

constexpr std::size_t trace_lines_kept = 400;

bool has_died(Node& node) {
    const Observed observed = node.history().observed();
    return std::ranges::any_of(observed.lives, [](const ServerLife& life) { return life.end != LifeEnd::stopped; });
}

Task<bool> ended(Gate& gate) {
    co_await gate.close();
    co_return true;
}

}  // namespace

World::World(std::uint64_t seed, Options options)
    : options_(options),
      random_(seed),
      executor_(random_.next()),
      trace_(executor_.clock(), trace_lines_kept),
      network_random_(random_.next()),
      network_(executor_, network_random_, trace_, options.network) {
    seed_sqlite_randomness(random_);
    for (std::size_t i = 0; i < options_.nodes; ++i)
        settle(i);
    network_.set_tap(
        [this](SimulatedNetwork::ConnectionNumber connection, const std::string& host, std::string_view bytes) {
            for (const std::unique_ptr<Node>& node : nodes_) {
                if (node->name() == host) node->history().taken(connection, bytes);
            }
        });
    for (const std::unique_ptr<Node>& node : nodes_) {
        const Result<void> started = run_to_end(executor_, node->start());
        OBROL_CHECK(started);
        OBROL_CHECK(run_to_end(executor_, node->add_users()));
        node->set_on_death([this, &dead = *node] { restart_later(dead); });
    }
    if (options_.correspondents_per_node == 0) return;
    const Correspondence::Surroundings surroundings{executor_, network_, trace_, random_, nodes_};
    correspondence_ = std::make_unique<Correspondence>(surroundings, options_.correspondents_per_node, options_.habits);
    if (const Result<void> founded = correspondence_->found(); !founded)
        troubles_.push_back("founding: " + founded.error().what);
}

World::~World() = default;

void World::settle(std::size_t number) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < options_.users_per_node; ++i)
        names.push_back(fmt::format("user{}", i + 1));
    std::vector<std::string> member_names;
    for (std::size_t i = 0; i < options_.members_per_node; ++i)
        member_names.push_back(fmt::format("member{}", i + 1));
    std::vector<std::string> everybody = names;
    everybody.insert(everybody.end(), member_names.begin(), member_names.end());
    for (std::size_t i = 0; i < options_.correspondents_per_node; ++i)
        everybody.push_back(Correspondence::name_of(i));
    nodes_.push_back(std::make_unique<Node>(Node::Surroundings{executor_, network_, trace_, morgue_},
                                            fmt::format("server{}", number + 1), everybody, random_.next(),
                                            options_.node));
    Node& node = *nodes_.back();
    std::vector<Resident>& residents = residents_.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string host = user_host(number, i);
        residents.push_back(
            {host, std::make_unique<SimulatedUser>(SimulatedUser::Surroundings{executor_, network_.host(host),
                                                                               node.endpoint(), node.history(), trace_},
                                                   names[i], names, random_.next(), options_.habits)});
    }
    std::vector<std::unique_ptr<SimulatedMember>>& members = members_.emplace_back();
    for (std::size_t i = 0; i < member_names.size(); ++i) {
        const std::string host = user_host(number, names.size() + i);
        SimulatedMember::Surroundings surroundings{executor_,
                                                   network_.host(host),
                                                   node.native_endpoint(),
                                                   node.groups_observed(),
                                                   [&node] { return node.disk().operation_count(); },
                                                   trace_};
        members.push_back(std::make_unique<SimulatedMember>(std::move(surroundings), member_names[i], member_names,
                                                            random_.next(), options_.habits));
    }
}

std::string World::user_host(std::size_t node, std::size_t user) const {
    return fmt::format("home{}.{}", node + 1, user + 1);
}

void World::start(Node& node) {
    living_.spawn(start_node(node));
}

Task<void> World::start_node(Node& node) {
    const Result<void> started = co_await node.start();
    if (started) co_return;
    trace_.note("{}: does not start: {}", node.name(), started.error().what);
    troubles_.push_back(fmt::format("{} does not start: {}", node.name(), started.error().what));
}

void World::start_users() {
    for (const std::vector<Resident>& residents : residents_) {
        for (const Resident& resident : residents)
            living_.spawn(resident.user->live());
    }
    for (const std::vector<std::unique_ptr<SimulatedMember>>& members : members_) {
        for (const std::unique_ptr<SimulatedMember>& member : members)
            living_.spawn(member->live());
    }
    if (correspondence_) correspondence_->start(living_, options_.insist);
}

void World::at(Duration delay, std::function<void()> action) {
    auto timer = std::make_unique<Timer>(executor_);
    timer->start_after(delay, std::move(action));
    plans_.push_back(std::move(timer));
}

void World::restart_later(Node& node) {
    const auto range = static_cast<std::uint64_t>((options_.down_max - options_.down_min).count());
    at(options_.down_min + Duration(random_.below(range + 1)), [this, &node] {
        if (node.is_alive() || !troubles_.empty()) return;
        start(node);
        if (on_restart_ && node.is_alive()) on_restart_(node);
    });
}

std::vector<std::string> World::finish(const CheckOptions& options) {
    for (const std::vector<Resident>& residents : residents_) {
        for (const Resident& resident : residents)
            resident.user->stop();
    }
    for (const std::vector<std::unique_ptr<SimulatedMember>>& members : members_) {
        for (const std::unique_ptr<SimulatedMember>& member : members)
            member->stop();
    }
    if (correspondence_) correspondence_->stop();
    plans_.clear();
    network_.heal_all();
    for (const std::unique_ptr<Node>& node : nodes_) {
        node->disarm();
        if (!node->is_alive() && troubles_.empty()) start(*node);
    }
    run_to_end(executor_, ended(living_));
    for (std::size_t i = 0; i < nodes_.size() && troubles_.empty(); ++i)
        drain(i);
    if (correspondence_ && troubles_.empty()) {
        const Result<void> settled = correspondence_->settle();
        if (settled)
            correspondence_->fetch_files();
        else
            troubles_.push_back("settled: " + settled.error().what);
    }
    for (const std::unique_ptr<Node>& node : nodes_) {
        if (node->is_alive()) run_to_end(executor_, node->stop());
    }
    run_to_end(executor_, ended(morgue_));
    std::vector<std::string> broken = std::move(troubles_);
    if (!broken.empty()) return broken;
    std::vector<FederatedStore> stores;
    for (const std::unique_ptr<Node>& node : nodes_) {
        const std::vector<std::string> names = correspondence_ ? correspondence_->names() : node->users();
        Result<CheckedStore> stored = read_stored(node->disk(), names);
        if (!stored) return {fmt::format("{}: store: {}", node->name(), stored.error().what)};
        stores.push_back({node->name(), std::move(*stored), node->blobs(), !has_died(*node)});
    }
    if (correspondence_) return correspondence_->broken_rules(stores);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        for (const std::string& rule : check(*nodes_[i], stores[i].stored, options))
            broken.push_back(fmt::format("{}: {}", nodes_[i]->name(), rule));
    }
    return broken;
}

void World::drain(std::size_t number) {
    const auto note = [&](bool drained, const std::string& name) {
        if (!drained)
            troubles_.push_back(fmt::format("{}: the inbox of {} cannot be fetched", nodes_[number]->name(), name));
    };
    for (const Resident& resident : residents_[number])
        note(run_to_end(executor_, resident.user->drain()), resident.user->name());
    for (const std::unique_ptr<SimulatedMember>& member : members_[number])
        note(run_to_end(executor_, member->drain()), member->name());
}

std::vector<std::string> World::check(Node& node, const CheckedStore& stored, const CheckOptions& options) {
    const Observed observed = node.history().observed();
    std::vector<std::string> broken = broken_rules(observed, stored.conversations, options);
    for (std::string& rule : broken_group_rules(node.groups_observed(), stored.groups, options))
        broken.push_back(std::move(rule));
    for (std::string& rule : broken_contact_rules(node.groups_observed(), stored.contacts))
        broken.push_back(std::move(rule));
    for (std::string& rule : broken_file_rules(stored.groups, node.blobs(), has_died(node)))
        broken.push_back(std::move(rule));
    return broken;
}

std::size_t World::acknowledged() const {
    std::size_t count = 0;
    for (const std::unique_ptr<Node>& node : nodes_)
        count += node->history().acknowledged_count();
    if (correspondence_) count += correspondence_->acknowledged();
    return count;
}

}  // namespace obrol
