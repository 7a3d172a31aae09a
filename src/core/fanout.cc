#include "core/fanout.h"

#include <algorithm>

#include "core/client.h"
#include "core/sessions.h"

namespace obrol {
namespace {

struct Delivery {
    Audience* audience;
    std::vector<ListenerId> listeners;
};

std::vector<ListenerId>& listeners_of(std::vector<Delivery>& deliveries, Audience* audience) {
    for (Delivery& delivery : deliveries)
        if (delivery.audience == audience) return delivery.listeners;
    return deliveries.emplace_back(Delivery{audience, {}}).listeners;
}

}  // namespace

void Fanout::add(UserId user, Client& client) {
    listening_[user].push_back(&client);
}

void Fanout::remove(UserId user, Client& client) {
    const auto found = listening_.find(user);
    if (found == listening_.end()) return;
    std::erase(found->second, &client);
    if (found->second.empty()) listening_.erase(found);
}

std::vector<UserId> Fanout::listening() const {
    std::vector<UserId> users;
    for (const auto& [user, clients] : listening_)
        users.push_back(user);
    std::ranges::sort(users);
    return users;
}

template <class Wanted>
void Fanout::deliver_where(const std::shared_ptr<const Event>& event, std::span<const UserId> users, Wanted wanted) {
    std::vector<Delivery> deliveries;  // few: one for each thread, dialect and variant
    for (const UserId user : users) {
        const auto found = listening_.find(user);
        if (found == listening_.end()) continue;
        for (const Client* client : found->second)
            if (wanted(*client)) listeners_of(deliveries, client->audience_).push_back(client->listener_);
    }
    std::sort(deliveries.begin(), deliveries.end(),
              [](const Delivery& a, const Delivery& b) { return a.audience->order() < b.audience->order(); });
    for (const Delivery& delivery : deliveries)
        delivery.audience->deliver(event, delivery.listeners);
}

void Fanout::deliver(const ConversationAdvanced& advanced) {
    deliver_where(advanced.event, *advanced.readers, [from = advanced.from](const Client& client) {
        const LiveSession& own = *client.own_;
        return !own.ended() && (own.user() != from || client.audience_->hears_own_messages());
    });
}

void Fanout::deliver(std::shared_ptr<const Event> event, std::span<const UserId> users, const Client* but) {
    deliver_where(event, users, [but](const Client& client) { return &client != but && !client.own_->ended(); });
}

void Fanout::deliver_end(std::shared_ptr<const Event> event, const LiveSession& session) {
    const UserId user = session.user();
    deliver_where(event, std::span(&user, 1), [&](const Client& client) { return client.own_.get() == &session; });
}

}  // namespace obrol
