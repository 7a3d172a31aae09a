#include "core/fanout.h"

#include <algorithm>
#include <utility>

#include "core/client.h"
#include "core/sessions.h"

namespace obrol {
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
void Fanout::gather(std::vector<Gathered>& gathered, std::span<const UserId> users, Wanted wanted) const {
    std::size_t used = 0;  // few: one for each thread, dialect and variant
    const auto listeners_of = [&](Audience* audience) -> std::vector<ListenerId>& {
        for (std::size_t i = 0; i < used; ++i)
            if (gathered[i].audience == audience) return gathered[i].listeners;
        if (used == gathered.size()) gathered.emplace_back();
        Gathered& next = gathered[used++];
        next.audience = audience;
        next.listeners.clear();
        return next.listeners;
    };
    for (const UserId user : users) {
        const auto found = listening_.find(user);
        if (found == listening_.end()) continue;
        for (const Client* client : found->second)
            if (wanted(*client)) listeners_of(client->audience_).push_back(client->listener_);
    }
    gathered.resize(used);
    std::ranges::sort(gathered, {}, [](const Gathered& one) { return one.audience->order(); });
}

template <class Wanted>
void Fanout::deliver_to(const std::shared_ptr<const Event>& event, std::span<const UserId> users, Wanted wanted) {
    // Taken, because a connection that ends while it hears of this can come here again.
    std::vector<Gathered> gathered = std::exchange(scratch_, {});
    gather(gathered, users, wanted);
    for (const auto& [audience, listeners] : gathered)
        audience->deliver(event, listeners);
    scratch_ = std::move(gathered);
}

std::shared_ptr<const Fanout::Deliveries> Fanout::deliveries_to_room(const Readers& readers) {
    if (const Room* known = rooms_.find(readers.get())) return known->deliveries;
    std::vector<Gathered> gathered;
    gather(gathered, *readers, [](const Client& client) { return !client.own_->ended(); });
    auto deliveries = std::make_shared<Deliveries>();
    for (Gathered& one : gathered)
        deliveries->push_back(
            {one.audience, std::make_shared<const std::vector<ListenerId>>(std::move(one.listeners))});
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
    if (!advanced.event) return;
    if (advanced.readers.is_group() && !wants_no_own_messages(advanced.header.sender)) {
        const std::shared_ptr<const Deliveries> deliveries = deliveries_to_room(advanced.readers.members());
        for (const auto& [audience, listeners] : *deliveries)
            audience->deliver(advanced.event, listeners);
        return;
    }
    const auto wanted = [from = advanced.header.sender](const Client& client) {
        const LiveSession& own = *client.own_;
        return !own.ended() && (own.user() != from || client.audience_->hears_own_messages());
    };
    deliver_to(advanced.event, advanced.readers.users(), wanted);
}

void Fanout::deliver(const std::shared_ptr<const Event>& event, std::span<const UserId> users, const Client* but) {
    const auto wanted = [but](const Client& client) { return &client != but && !client.own_->ended(); };
    deliver_to(event, users, wanted);
}

void Fanout::deliver_end(const std::shared_ptr<const Event>& event, const LiveSession& session) {
    rooms_.clear();
    const UserId user = session.user();
    const auto wanted = [&](const Client& client) { return client.own_.get() == &session; };
    deliver_to(event, std::span(&user, 1), wanted);
}

}  // namespace obrol
