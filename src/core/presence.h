// Tells listening connections who comes and goes: of users with whom they share a direct conversation and who have not
// blocked them. Somebody who comes and goes at once may go unmentioned; what is told alternates and ends with how it
// is.
//
// On core's thread.
#pragma once

#include <deque>
#include <unordered_set>

#include "base/log.h"
#include "core/accounts.h"
#include "core/fanout.h"
#include "core/sessions.h"
#include "io/task.h"
#include "storage/store.h"

namespace obrol {

class Presence {
  public:
    // All of them must outlive it.
    Presence(Store& store, Accounts& accounts, const Sessions& sessions, Fanout& fanout, Logger& logger)
        : store_(store), accounts_(accounts), sessions_(sessions), fanout_(fanout), logger_(logger) {}

    // The user may have come online or gone offline. Costs next to nothing when nobody listens.
    void changed(UserId user);
    // Tells nothing any more; what is under way has ended when the task ends. Call before it goes away.
    Task<void> stop() { return gate_.close(); }

  private:
    Task<void> tell_all();
    Task<void> tell(UserId user);
    bool note(UserId user);

    Store& store_;
    Accounts& accounts_;
    const Sessions& sessions_;
    Fanout& fanout_;
    Logger& logger_;
    std::deque<UserId> waiting_;
    std::unordered_set<UserId> is_waiting_;
    std::unordered_set<UserId> told_online_;
    Gate gate_{"presence"};
};

}  // namespace obrol
