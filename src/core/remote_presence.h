// Who is online on other servers. They are asked when somebody looks, and what they say is kept for a moment; of a
// server that cannot be asked, or does not answer in time, everybody counts as offline.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/lru_cache.h"
#include "core/accounts.h"
#include "core/peer_options.h"
#include "io/task.h"
#include "io/timer.h"
#include "model/ids.h"

namespace obrol {

class ChatPeering;

class RemotePresence {
  public:
    // All of them must outlive it.
    RemotePresence(const ChatPeering& peering, TimerService& timers, const PeerOptions& options);

    // Who of these is online as far as the viewer, a user of this server, may know. Those of this server are passed
    // over. Ends within the time for which Links waits for an answer.
    Task<std::set<UserId>> online_among(UserRef viewer, std::vector<UserRef> users);

  private:
    struct Answer {
        bool is_online = false;
        MonotonicTime until{};
    };
    using Pair = std::pair<UserId, UserId>;  // who looks, at whom
    struct PairHash {
        std::size_t operator()(const Pair& pair) const {
            const std::hash<UserId> hash;
            return hash(pair.first) * 31 + hash(pair.second);
        }
    };
    Task<void> ask(UserRef viewer, ServerId server, std::vector<UserRef> users, std::set<UserId>& online);

    const ChatPeering& peering_;
    TimerService& timers_;
    const Duration kept_;
    LruCache<Pair, Answer, PairHash> answers_;
};

}  // namespace obrol
