#include "tests/sim/correspondence.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <utility>

#include "tests/sim/federation_file_checker.h"
#include "tests/sim/store_reader.h"

namespace obrol {
namespace {

using std::chrono::seconds;

// Who is dialled in vain, or is lost again and again, is dialled after an hour at last; what is left takes moments.
constexpr int looks_max = 240;
constexpr int frequent_looks = 60;
// What a server that can be reached does not give it may not have; it is asked so often.
constexpr int refusals_max = 4;

std::chrono::seconds pause_after_look(int look) {
    return seconds(look < frequent_looks ? 1 : 60);
}

}  // namespace

Correspondence::Correspondence(Surroundings surroundings, std::size_t per_node, SimulatedUser::Habits habits)
    : surroundings_(surroundings), staying_per_node_(per_node - 1) {
    std::vector<std::string> everybody;
    for (const std::unique_ptr<Node>& node : surroundings_.nodes) {
        for (std::size_t i = 0; i < per_node; ++i)
            everybody.push_back(name_of(i) + "@" + node->name());
    }
    for (const std::unique_ptr<Node>& node : surroundings_.nodes) {
        correspondents_.emplace_back();
        for (std::size_t i = 0; i < per_node; ++i)
            settle_in(*node, i, everybody, habits);
    }
}

void Correspondence::settle_in(Node& node, std::size_t number, const std::vector<std::string>& everybody,
                               SimulatedUser::Habits habits) {
    Network& home = surroundings_.network.host(fmt::format("desk{}.{}", node.name(), number + 1));
    Visitor::Surroundings his{surroundings_.executor, home, node.native_endpoint(), node.name(), observed_,
                              surroundings_.trace};
    const Visitor visitor(std::move(his), name_of(number), habits.patience);
    const bool is_wanderer = number >= staying_per_node_;
    if (!is_wanderer) observed_.staying.insert(visitor.address());
    correspondents_.back().push_back(
        std::make_unique<SimulatedCorrespondent>(visitor, everybody, is_wanderer, surroundings_.random.next(), habits));
    fetchers_.push_back(std::make_unique<SimulatedFileFetcher>(visitor, everybody, surroundings_.random.next()));
}

std::string Correspondence::name_of(std::size_t correspondent) {
    return fmt::format("pen{}", correspondent + 1);
}

std::vector<std::string> Correspondence::names() const {
    std::vector<std::string> names{std::string(SimulatedCorrespondent::nobody)};
    for (const std::unique_ptr<SimulatedCorrespondent>& correspondent : correspondents_.front())
        names.push_back(correspondent->name());
    return names;
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
    for (const std::unique_ptr<SimulatedFileFetcher>& fetcher : fetchers_)
        living.spawn(fetcher->live());
}

void Correspondence::stop() {
    for (const Correspondents& here : correspondents_) {
        for (const std::unique_ptr<SimulatedCorrespondent>& correspondent : here)
            correspondent->stop();
    }
    for (const std::unique_ptr<SimulatedFileFetcher>& fetcher : fetchers_)
        fetcher->stop();
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
    for (int look = 0; look < looks_max; ++look) {
        what = missing();
        if (what.empty()) return {};
        surroundings_.executor.run_for(pause_after_look(look));
    }
    return fail(fmt::format("in the end: {}", what));
}

void Correspondence::fetch_files() {
    int refusals = 0;
    for (int look = 0; look < looks_max && refusals < refusals_max; ++look) {
        const Success success = fetch_once();
        if (success == Success::complete) break;
        if (success == Success::refused) ++refusals;
        surroundings_.executor.run_for(pause_after_look(look));
    }
    for (const std::unique_ptr<SimulatedFileFetcher>& fetcher : fetchers_)
        observed_.found.insert(observed_.found.end(), fetcher->found().begin(), fetcher->found().end());
}

Correspondence::Success Correspondence::fetch_once() {
    Success worst = Success::complete;
    for (const std::unique_ptr<SimulatedFileFetcher>& fetcher : fetchers_)
        worst = std::max(worst, run_to_end(surroundings_.executor, fetcher->fetch_all()));
    return worst;
}

std::size_t Correspondence::messages_begun() const {
    const auto is_open = [](const FederatedMessage& message) {
        return message.fate == SentMessage::Fate::unknown && !message.is_given_up;
    };
    return static_cast<std::size_t>(std::ranges::find_if(observed_.messages, is_open) - observed_.messages.begin());
}

void Correspondence::forget(const Node& node, std::size_t messages) {
    observed_.put_back.insert(node.name());
    const std::string here = "@" + node.name();
    for (std::size_t i = 0; i < observed_.messages.size(); ++i) {
        FederatedMessage& message = observed_.messages[i];
        if (!message.sender.ends_with(here) || (i < messages && !message.is_given_up)) continue;
        message.is_forgotten = message.is_given_up || message.fate != SentMessage::Fate::unknown;
        if (message.is_forgotten) continue;
        message.was_cut_off = true;
        message.was_asked_again = false;
    }
}

std::vector<std::string> Correspondence::broken_rules(const std::vector<FederatedStore>& stores) const {
    std::vector<std::string> broken = broken_federation_rules(observed_, stores);
    std::ranges::move(broken_federated_file_rules(observed_, stores), std::back_inserter(broken));
    return broken;
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
