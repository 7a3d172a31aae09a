// Live sessions and who is online (PROTOCOLS.md, common rules: Session, Online).
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "base/crypto/digest.h"
#include "base/lru_cache.h"
#include "base/result.h"
#include "io/timer.h"
#include "model/session.h"
#include "storage/store.h"

namespace obrol {

class LiveSession {
  public:
    LiveSession(Session session, const Digest& token) : session_(session), token_(token) {}

    const Session& session() const { return session_; }
    UserId user() const { return session_.user; }
    bool ended() const { return ended_; }

  private:
    friend class Sessions;
    Session session_;
    Digest token_;
    bool ended_ = false;
    std::uint32_t connections_ = 0;  // that logged in with it or used it last
    MonotonicTime last_used_{};
};
using LiveSessionRef = std::shared_ptr<LiveSession>;

class Sessions {
  public:
    // Both must outlive it.
    Sessions(Store& store, TimerService& timers, Duration online_window, std::size_t cached_max)
        : store_(store), timers_(timers), online_window_(online_window), by_token_(cached_max) {}

    // Null when it is not cached.
    LiveSessionRef cached(const Digest& token);
    // Null when there is no such session (any more).
    Task<Result<LiveSessionRef>> find(Digest token);
    // The store has just committed it.
    LiveSessionRef started(Session session, const Digest& token);
    // It ended; connections that hold it notice by ended().
    void ended(LiveSession& session);
    // All of the user's ended but `kept` (none: all).
    void ended_of(UserId user, SessionId kept);

    // A request used the session.
    void used(const LiveSessionRef& session);
    // A connection begins or ceases to hold it online.
    void attach(const LiveSessionRef& session);
    void detach(LiveSession& session);

    // Each user once, in order of the start of his oldest online session.
    std::vector<UserId> online();

  private:
    // Oldest session first.
    struct StartOrder {
        WallTime started_at;
        SessionId id;
        friend auto operator<=>(const StartOrder&, const StartOrder&) = default;
    };
    static StartOrder order_of(const LiveSession& session) {
        return {session.session().started_at, session.session().id};
    }
    bool is_online(const LiveSession& session) const;
    void forget_offline();

    Store& store_;
    TimerService& timers_;
    Duration online_window_;
    LruCache<Digest, LiveSessionRef, DigestHash> by_token_;
    // Every online session and some that ceased to be; those go when the list has doubled or is looked at.
    std::map<StartOrder, LiveSessionRef> maybe_online_;
    std::size_t forget_offline_at_ = 1024;
};

}  // namespace obrol
