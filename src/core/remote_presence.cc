#include "core/remote_presence.h"

#include <map>
#include <string>

#include "core/chat_peering.h"
#include "core/remote_users.h"
#include "model/name.h"

namespace obrol {

RemotePresence::RemotePresence(const ChatPeering& peering, TimerService& timers, const PeerOptions& options)
    : peering_(peering), timers_(timers), kept_(options.presence_kept), answers_(options.presence_kept_max) {}

// All servers at once: together they take no longer than the slowest.
Task<std::set<UserId>> RemotePresence::online_among(UserRef viewer, std::vector<UserRef> users) {
    std::set<UserId> online;
    std::map<ServerId, std::vector<UserRef>> unknown;
    const MonotonicTime now = timers_.clock().monotonic_now();
    for (UserRef& user : users) {
        if (!user->server || !peering_.is_up(user->server)) continue;
        const Answer* known = answers_.find({viewer->id, user->id});
        if (!known || known->until <= now) {
            const ServerId server = user->server;
            unknown[server].push_back(std::move(user));
        } else if (known->is_online) {
            online.insert(user->id);
        }
    }
    Gate asking("presence of users of other servers");
    for (auto& [server, its_users] : unknown)
        asking.spawn(ask(viewer, server, std::move(its_users), online));
    co_await asking.close();
    co_return online;
}

// Without an answer they are not asked after again for as long: nobody shall wait each time that he looks.
Task<void> RemotePresence::ask(UserRef viewer, ServerId server, std::vector<UserRef> users, std::set<UserId>& online) {
    std::vector<std::string> names;
    names.reserve(users.size());
    for (const UserRef& user : users)
        names.push_back(name_at_home(*user));
    auto answer = co_await peering_.links()->online_among(server, viewer->card.name, std::move(names));
    std::set<std::string> there;
    if (answer)
        for (const std::string& name : *answer)
            there.insert(name_key(name));
    const MonotonicTime until = timers_.clock().monotonic_now() + kept_;
    for (const UserRef& user : users) {
        const bool is_online = there.contains(name_key(name_at_home(*user)));
        answers_.put({viewer->id, user->id}, Answer{is_online, until});
        if (is_online) online.insert(user->id);
    }
}

}  // namespace obrol
