#include "core/presence.h"

#include <fmt/core.h>
#include <memory>
#include <utility>
#include <vector>

namespace obrol {

// Whether that is news.
bool Presence::note(UserId user) {
    if (sessions_.is_online(user)) return told_online_.insert(user).second;
    return told_online_.erase(user) > 0;
}

void Presence::changed(UserId user) {
    if (gate_.is_closed()) return;
    if (!fanout_.is_anybody_listening()) {
        note(user);
        return;
    }
    if (!is_waiting_.insert(user).second) return;
    waiting_.push_back(user);
    if (gate_.running() == 0) gate_.spawn(tell_all());
}

// One after the other, so that nobody is told twice in the wrong order.
Task<void> Presence::tell_all() {
    while (!waiting_.empty()) {
        const UserId user = waiting_.front();
        waiting_.pop_front();
        is_waiting_.erase(user);
        if (note(user)) co_await tell(user);
    }
}

Task<void> Presence::tell(UserId user) {
    const bool online = told_online_.contains(user);
    const Result<std::vector<UserId>> peers = co_await store_.direct_peers(user);
    const Result<UserRef> found = co_await accounts_.find(user);
    if (!peers || !found || !*found) {
        logger_.warning("presence of user {} is not told: {}", user.value, peers ? "unknown" : peers.error().what);
        co_return;
    }
    std::vector<UserId> listening;
    for (const UserId peer : *peers)
        if (fanout_.is_listening(peer)) listening.push_back(peer);
    if (listening.empty()) co_return;
    fanout_.deliver(std::make_shared<const Event>(PresenceEvent{(*found)->card, online}), listening, nullptr);
}

}  // namespace obrol
