#include "tests/sim/correspondence.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "tests/sim/store_reader.h"

namespace obrol {
namespace {

using std::chrono::seconds;

// Whoever dials in vain tries again after a minute at most in so short a life; then it all takes moments.
constexpr int settling_seconds_max = 600;

}  // namespace

Correspondence::Correspondence(Surroundings surroundings, std::size_t per_node, SimulatedUser::Habits habits)
    : surroundings_(surroundings), staying_per_node_(per_node - 1) {
    std::vector<std::string> everybody;
    for (const std::unique_ptr<Node>& node : surroundings_.nodes) {
        for (std::size_t i = 0; i < per_node; ++i)
            everybody.push_back(name_of(i) + "@" + node->name());
    }
    for (const std::unique_ptr<Node>& node : surroundings_.nodes) {
        Correspondents& here = correspondents_.emplace_back();
        for (std::size_t i = 0; i < per_node; ++i) {
            Network& home = surroundings_.network.host(fmt::format("desk{}.{}", node->name(), i + 1));
            SimulatedCorrespondent::Surroundings his{surroundings_.executor, home,      node->native_endpoint(),
                                                     node->name(),           observed_, surroundings_.trace};
            const bool is_wanderer = i >= staying_per_node_;
            here.push_back(std::make_unique<SimulatedCorrespondent>(std::move(his), name_of(i), everybody, is_wanderer,
                                                                    surroundings_.random.next(), habits));
        }
    }
}

std::string Correspondence::name_of(std::size_t correspondent) {
    return fmt::format("pen{}", correspondent + 1);
}

Result<void> Correspondence::found() {
    for (std::size_t i = 0; i < correspondents_.size(); ++i) {
        std::vector<SimulatedCorrespondent::Peer> peers;
        for (const std::unique_ptr<Node>& node : surroundings_.nodes) {
            if (node != surroundings_.nodes[i]) peers.push_back({node->name(), node->native_endpoint()});
        }
        if (!run_to_end(surroundings_.executor, correspondents_[i].front()->join(std::move(peers))))
            return fail(fmt::format("{} cannot join the others", surroundings_.nodes[i]->name()));
    }
    for (std::size_t i = 0; i < correspondents_.size(); ++i) {
        std::vector<std::string> members;
        for (const Correspondents& there : correspondents_) {
            for (std::size_t j = 0; j < staying_per_node_; ++j)
                members.push_back(there[j]->address());
        }
        std::erase(members, correspondents_[i].front()->address());
        std::string group = fmt::format("group{}", i + 1);
        if (!run_to_end(surroundings_.executor,
                        correspondents_[i].front()->found(std::move(group), std::move(members))))
            return fail(fmt::format("{} cannot found a group", surroundings_.nodes[i]->name()));
    }
    return settle();
}

void Correspondence::start(Gate& living, bool insist) {
    for (const Correspondents& here : correspondents_) {
        for (const std::unique_ptr<SimulatedCorrespondent>& correspondent : here)
            living.spawn(correspondent->live());
        if (insist) living.spawn(here.front()->insist());
    }
}

void Correspondence::stop() {
    for (const Correspondents& here : correspondents_) {
        for (const std::unique_ptr<SimulatedCorrespondent>& correspondent : here)
            correspondent->stop();
    }
}

std::vector<std::string> Correspondence::groups() const {
    std::vector<std::string> groups;
    for (const auto& [group, code] : observed_.codes)
        groups.push_back(group);
    return groups;
}

std::string Correspondence::missing() {
    std::optional<SimulatedCorrespondent::Standing> first;
    for (const Correspondents& here : correspondents_) {
        auto looking = here.front()->look(groups());
        std::optional<SimulatedCorrespondent::Standing> standing =
            run_to_end(surroundings_.executor, std::move(looking));
        if (!standing) return here.front()->address() + " cannot look";
        if (!standing->trouble.empty()) return standing->trouble;
        for (std::size_t i = 0; i < standing->members.size(); ++i) {
            if (standing->members[i] < staying_per_node_ * correspondents_.size())
                return fmt::format("{} sees {} members of {}", here.front()->address(), standing->members[i],
                                   groups()[i]);
        }
        if (!first) first = standing;
        for (std::size_t i = 0; i < standing->heads.size(); ++i) {
            if (standing->heads[i] != first->heads[i] || standing->members[i] != first->members[i])
                return fmt::format("{} sees another end of {}", here.front()->address(), groups()[i]);
        }
    }
    return {};
}

Result<void> Correspondence::settle() {
    std::string what;
    for (int i = 0; i < settling_seconds_max; ++i) {
        what = missing();
        if (what.empty()) return {};
        surroundings_.executor.run_for(seconds(1));
    }
    return fail(fmt::format("after {} s: {}", settling_seconds_max, what));
}

std::size_t Correspondence::messages_begun() const {
    const auto& messages = observed_.messages;
    const auto open = std::ranges::find(messages, SentMessage::Fate::unknown, &FederatedMessage::fate);
    return static_cast<std::size_t>(open - messages.begin());
}

void Correspondence::forget(const Node& node, std::size_t messages) {
    for (std::size_t i = messages; i < observed_.messages.size(); ++i) {
        FederatedMessage& message = observed_.messages[i];
        const std::string here = "@" + node.name();
        if (message.sender.ends_with(here) || (message.is_in_group() && message.to.front().ends_with(here)))
            message.is_forgotten = true;
    }
}

std::size_t Correspondence::acknowledged() const {
    std::size_t count = 0;
    for (const Correspondents& here : correspondents_) {
        for (const std::unique_ptr<SimulatedCorrespondent>& correspondent : here)
            count += correspondent->acknowledged();
    }
    return count;
}

}  // namespace obrol
