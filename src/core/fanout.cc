#include "core/fanout.h"

#include <algorithm>

#include "core/client.h"

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

void Fanout::deliver(const ConversationAdvanced& advanced) {
    std::vector<Delivery> deliveries;  // few: one for each thread, dialect and variant
    for (const UserId reader : advanced.readers) {
        const auto found = listening_.find(reader);
        if (found == listening_.end()) continue;
        for (const Client* client : found->second)
            listeners_of(deliveries, client->audience_).push_back(client->listener_);
    }
    std::sort(deliveries.begin(), deliveries.end(),
              [](const Delivery& a, const Delivery& b) { return a.audience->order() < b.audience->order(); });
    for (const Delivery& delivery : deliveries)
        delivery.audience->deliver(advanced.event, delivery.listeners);
}

}  // namespace obrol
