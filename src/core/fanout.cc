#include "core/fanout.h"

#include <algorithm>

#include "core/client.h"
#include "core/sessions.h"

namespace obrol {
namespace {

struct Gathered {
    Audience* audience;
    std::vector<ListenerId> listeners;
};

std::vector<ListenerId>& listeners_of(std::vector<Gathered>& gathered, Audience* audience) {
    for (Gathered& one : gathered)
        if (one.audience == audience) return one.listeners;
    return gathered.emplace_back(Gathered{audience, {}}).listeners;
}

}  // namespace

void Fanout::add(UserId user, Client& client) {
    listening_[user].push_back(&client);
    rooms_.clear();
}

void Fanout::remove(UserId user, Client& client) {
    const auto found = listening_.find(user);
    if (found == listening_.end()) return;
    std::erase(found->second, &client);
    if (found->second.empty()) listening_.erase(found);
    rooms_.clear();
}

std::vector<UserId> Fanout::listening() const {
    std::vector<UserId> users;
    for (const auto& [user, clients] : listening_)
        users.push_back(user);
    std::ranges::sort(users);
    return users;
}

template <class Wanted>
Fanout::Deliveries Fanout::gather(std::span<const UserId> users, Wanted wanted) const {
    std::vector<Gathered> gathered;  // few: one for each thread, dialect and variant
    for (const UserId user : users) {
        const auto found = listening_.find(user);
        if (found == listening_.end()) continue;
        for (const Client* client : found->second)
            if (wanted(*client)) listeners_of(gathered, client->audience_).push_back(client->listener_);
    }
    std::sort(gathered.begin(), gathered.end(),
              [](const Gathered& a, const Gathered& b) { return a.audience->order() < b.audience->order(); });
    Deliveries deliveries;
    for (Gathered& one : gathered)
        deliveries.push_back({one.audience, std::make_shared<const std::vector<ListenerId>>(std::move(one.listeners))});
    return deliveries;
}

std::shared_ptr<const Fanout::Deliveries> Fanout::deliveries_to_room(const Readers& readers) {
    if (const Room* known = rooms_.find(readers.get())) return known->deliveries;
    auto deliveries = std::make_shared<const Deliveries>(
        gather(*readers, [](const Client& client) { return !client.own_->ended(); }));
    rooms_.put(readers.get(), Room{readers, deliveries});
    return deliveries;
}

bool Fanout::wants_no_own_messages(UserId user) const {
    const auto found = listening_.find(user);
    return found != listening_.end() && std::ranges::any_of(found->second, [](const Client* client) {
               return !client->audience_->hears_own_messages();
           });
}

void Fanout::deliver(const ConversationAdvanced& advanced) {
    if (advanced.is_group && !wants_no_own_messages(advanced.from)) {
        const std::shared_ptr<const Deliveries> deliveries = deliveries_to_room(advanced.readers);
        for (const auto& [audience, listeners] : *deliveries)
            audience->deliver(advanced.event, listeners);
        return;
    }
    const auto wanted = [from = advanced.from](const Client& client) {
        const LiveSession& own = *client.own_;
        return !own.ended() && (own.user() != from || client.audience_->hears_own_messages());
    };
    for (const auto& [audience, listeners] : gather(*advanced.readers, wanted))
        audience->deliver(advanced.event, listeners);
}

void Fanout::deliver(const std::shared_ptr<const Event>& event, std::span<const UserId> users, const Client* but) {
    const auto wanted = [but](const Client& client) { return &client != but && !client.own_->ended(); };
    for (const auto& [audience, listeners] : gather(users, wanted))
        audience->deliver(event, listeners);
}

void Fanout::deliver_end(const std::shared_ptr<const Event>& event, const LiveSession& session) {
    rooms_.clear();
    const UserId user = session.user();
    const auto wanted = [&](const Client& client) { return client.own_.get() == &session; };
    for (const auto& [audience, listeners] : gather(std::span(&user, 1), wanted))
        audience->deliver(event, listeners);
}

}  // namespace obrol
