// Live sessions: who is online (PROTOCOLS.md, common rules: Session, Online), when each was last used, which have been
// idle for too long.
//
// The time of the last use lives in memory and is noted in the store now and then, never for each request (DESIGN
// section 1, promise 1): after a restart a session may look unused for longer than it was, by use_note_interval at
// most, and that much is forgiven before it counts as idle.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/crypto/digest.h"
#include "base/lru_cache.h"
#include "base/result.h"
#include "io/timer.h"
#include "model/session.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

class LiveSession {
  public:
    LiveSession(Session session, const Digest& token) : session_(session), token_(token) {}

    const Session& session() const { return session_; }
    UserId user() const { return session_.user; }
    const Digest& token() const { return token_; }
    bool ended() const { return ended_; }
    // An open connection logged in with it or used it last.
    bool is_held() const { return connections_ > 0; }

  private:
    friend class Sessions;
    Session session_;  // used_at: as noted in the store
    Digest token_;
    bool ended_ = false;
    std::uint32_t connections_ = 0;  // that logged in with it or used it last
    MonotonicTime last_used_{};      // by a request
    MonotonicTime last_held_{};      // when a request used it or the last connection left it
    MonotonicTime last_noted_{};     // in the store
};
using LiveSessionRef = std::shared_ptr<LiveSession>;

class Sessions {
  public:
    struct Options {
        // A session used so recently counts as online although no connection is open.
        Duration online_window = std::chrono::seconds(60);
        // One that neither a request nor an open connection has used for so long ends. 0: never.
        Duration idle_limit = std::chrono::days(30);
        std::size_t cached_max = 100'000;  // beyond those that connections hold
    };
    struct Hooks {
        // A user's first session came online, or his last one went offline; he may be back already.
        std::function<void(UserId user)> on_presence;
        // It has ended, whoever ended it; connections may still hold it.
        std::function<void(const LiveSessionRef& session)> on_end;
    };

    // All but the options must outlive it.
    Sessions(Store& store, GroupCommit& commits, TimerService& timers, Options options, Hooks hooks);

    // Null when it is not cached.
    LiveSessionRef cached(const Digest& token);
    // Null when there is no such session (any more); one that was idle for too long ends by being asked for.
    Task<Result<LiveSessionRef>> find(Digest token);
    // The store has just committed it.
    LiveSessionRef started(Session session, const Digest& token);
    // The store has just ended it.
    void ended(const Digest& token);
    void ended(SessionId session);
    // The store has just ended all of the user's but `kept` (none: all).
    void ended_of(UserId user, SessionId kept);

    // A request used the session.
    void used(const LiveSessionRef& session);
    // A connection begins or ceases to hold it online.
    void attach(const LiveSessionRef& session);
    void detach(const LiveSessionRef& session);
    // So long unused, and not held, that it has to end.
    bool is_idle(const LiveSession& session) const;

    // A stored session with what memory knows of it.
    struct Known {
        StoredSession stored;
        WallTime used_at{};
        bool is_held = false;
        bool is_online = false;
        bool is_idle = false;
    };
    // Of one user, in the order in which they started.
    Task<Result<std::vector<Known>>> list(UserId user);
    // Ends it in the store, too. It is as good as ended from the call on.
    Task<ChangeResult> end(Session session, Digest token);
    // Ends those that were idle for too long, and notes the use of those that connections hold.
    Task<Result<void>> sweep();
    // How often sweep() is worth calling.
    Duration use_note_interval() const { return use_note_interval_; }

    bool is_online(UserId user) const { return online_sessions_.contains(user); }
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
    MonotonicTime now() const { return timers_.turn_clock().monotonic_now(); }
    WallTime wall_time_of(MonotonicTime time) const;
    bool is_online(const LiveSession& session) const;
    bool is_idle(const Session& stored) const;
    Known known(const StoredSession& stored);
    void end_live(const LiveSessionRef& session);
    void note_use(LiveSession& session);
    void came_online(const LiveSessionRef& session);
    void went_offline(UserId user);
    void forget_offline();
    void watch_for_lapses();
    void look_for_lapses();

    Store& store_;
    GroupCommit& commits_;
    TimerService& timers_;
    const Options options_;
    const Duration use_note_interval_;
    const Hooks hooks_;
    LruCache<Digest, LiveSessionRef, DigestHash> by_token_;
    std::uint64_t ends_ = 0;  // so that a look into the store that was overtaken by an end is noticed
    // Every online session, and those that ceased to be since the last look.
    std::map<StartOrder, LiveSessionRef> maybe_online_;
    std::unordered_map<UserId, std::size_t> online_sessions_;  // of maybe_online_
    Timer lapse_timer_;
};

}  // namespace obrol
