#include "core/sessions.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

namespace obrol {
namespace {

// One page of a sweep: a read of a few milliseconds at most.
constexpr std::size_t sweep_page = 500;

// A session must be one object as long as anybody holds it, or its end would go unnoticed.
bool is_held_elsewhere(const LiveSessionRef& session) {
    return session.use_count() > 1;
}

// Fine enough for people who look at the list of their sessions, and a small part of the limit.
Duration note_interval(Duration idle_limit) {
    constexpr Duration longest = std::chrono::hours(1);
    if (idle_limit == Duration::zero()) return longest;
    return std::clamp<Duration>(idle_limit / 8, std::chrono::milliseconds(1), longest);
}

}  // namespace

Sessions::Sessions(Store& store, GroupCommit& commits, TimerService& timers, Options options, Hooks hooks)
    : store_(store),
      commits_(commits),
      timers_(timers),
      options_(options),
      use_note_interval_(note_interval(options.idle_limit)),
      hooks_(std::move(hooks)),
      by_token_(options.cached_max),
      lapse_timer_(timers) {}

WallTime Sessions::wall_time_of(MonotonicTime time) const {
    return timers_.turn_clock().wall_now() - std::chrono::floor<std::chrono::milliseconds>(now() - time);
}

LiveSessionRef Sessions::cached(const Digest& token) {
    const LiveSessionRef* session = by_token_.find(token);
    return session ? *session : nullptr;
}

Task<Result<LiveSessionRef>> Sessions::find(Digest token) {
    for (;;) {
        if (LiveSessionRef session = cached(token); session && !is_idle(*session)) co_return session;
        const std::uint64_t ends_before = ends_;
        Result<std::optional<Session>> found = co_await store_.find_session(token);
        if (!found) co_return Failure<Error>(std::move(found.error()));
        if (!*found) co_return LiveSessionRef();
        // It may have ended since the store was read.
        if (ends_ != ends_before) continue;
        const LiveSessionRef live = cached(token);
        const bool idle = live ? is_idle(*live) : is_idle(**found);
        if (!idle) co_return started(**found, token);
        // A failure is made up for by the next look or sweep.
        static_cast<void>(co_await end(**found, token));
        co_return LiveSessionRef();
    }
}

LiveSessionRef Sessions::started(Session session, const Digest& token) {
    // Two requests may have looked it up at the same time.
    if (LiveSessionRef known = cached(token)) return known;
    auto live = std::make_shared<LiveSession>(session, token);
    const WallTime wall_now = timers_.turn_clock().wall_now();
    live->last_noted_ = now() - std::max<Duration>(Duration::zero(), wall_now - session.used_at);
    live->last_used_ = live->last_held_ = live->last_noted_;
    return by_token_.put(token, std::move(live), is_held_elsewhere);
}

void Sessions::ended(const Digest& token) {
    ++ends_;
    if (const LiveSessionRef session = cached(token)) end_live(session);
}

void Sessions::ended(SessionId session) {
    ++ends_;
    LiveSessionRef ending;
    by_token_.for_each([&](const Digest&, const LiveSessionRef& live) {
        if (live->session().id == session) ending = live;
    });
    if (ending) end_live(ending);
}

void Sessions::ended_of(UserId user, SessionId kept) {
    ++ends_;
    std::vector<LiveSessionRef> ending;
    by_token_.for_each([&](const Digest&, const LiveSessionRef& session) {
        if (session->user() == user && session->session().id != kept) ending.push_back(session);
    });
    for (const LiveSessionRef& session : ending)
        end_live(session);
}

void Sessions::end_live(const LiveSessionRef& session) {
    if (std::exchange(session->ended_, true)) return;
    by_token_.erase(session->token_);
    if (maybe_online_.erase(order_of(*session)) > 0) went_offline(session->user());
    hooks_.on_end(session);
}

Task<ChangeResult> Sessions::end(Session session, Digest token) {
    if (const LiveSessionRef live = cached(token)) end_live(live);
    const EndSession change{session.id, session.user};
    ChangeResult result = co_await commits_.submit(change);
    if (result) ended(token);
    co_return result;
}

// Idleness.

bool Sessions::is_idle(const LiveSession& session) const {
    if (options_.idle_limit == Duration::zero() || session.is_held()) return false;
    return now() - session.last_held_ >= options_.idle_limit;
}

// What the store says lies behind by up to one interval.
bool Sessions::is_idle(const Session& stored) const {
    if (options_.idle_limit == Duration::zero()) return false;
    return timers_.turn_clock().wall_now() - stored.used_at >= options_.idle_limit + use_note_interval_;
}

void Sessions::note_use(LiveSession& session) {
    if (session.ended_) return;
    const MonotonicTime time = now();
    if (time - session.last_noted_ < use_note_interval_) return;
    session.last_noted_ = time;
    commits_.submit_lazily(NoteSessionUse{session.session_.id, timers_.turn_clock().wall_now()});
}

Sessions::Known Sessions::known(const StoredSession& stored) {
    const LiveSessionRef live = cached(stored.token);
    if (!live) return Known{stored, stored.session.used_at, false, false, is_idle(stored.session)};
    const WallTime used_at = std::max(stored.session.used_at, wall_time_of(live->last_used_));
    return Known{stored, used_at, live->is_held(), is_online(*live), is_idle(*live)};
}

Task<Result<std::vector<Sessions::Known>>> Sessions::list(UserId user) {
    Result<std::vector<StoredSession>> stored = co_await store_.sessions_of(user);
    if (!stored) co_return Failure<Error>(std::move(stored.error()));
    std::vector<Known> list;
    for (const StoredSession& session : *stored)
        list.push_back(known(session));
    co_return list;
}

Task<Result<void>> Sessions::sweep() {
    for (const auto& [order, session] : maybe_online_)
        if (session->is_held()) note_use(*session);
    if (options_.idle_limit == Duration::zero()) co_return Result<void>();
    const WallTime before =
        timers_.turn_clock().wall_now() - std::chrono::floor<std::chrono::milliseconds>(options_.idle_limit);
    SessionId after;
    for (;;) {
        Result<std::vector<StoredSession>> page = co_await store_.sessions_unused_since(before, after, sweep_page);
        if (!page) co_return Failure<Error>(std::move(page.error()));
        for (const StoredSession& stored : *page) {
            after = stored.session.id;
            if (!known(stored).is_idle) continue;
            const ChangeResult ended = co_await end(stored.session, stored.token);
            if (!ended && ended.error() != ChatError::not_found) co_return fail("idle sessions could not be ended");
        }
        if (page->size() < sweep_page) co_return Result<void>();
    }
}

// Presence.

bool Sessions::is_online(const LiveSession& session) const {
    if (session.ended()) return false;
    return session.is_held() || now() - session.last_used_ < options_.online_window;
}

void Sessions::used(const LiveSessionRef& session) {
    session->last_used_ = session->last_held_ = now();
    if (session->ended()) return;
    note_use(*session);
    came_online(session);
}

void Sessions::attach(const LiveSessionRef& session) {
    ++session->connections_;
    used(session);
}

void Sessions::detach(const LiveSessionRef& session) {
    if (--session->connections_ > 0) return;
    session->last_held_ = now();
    note_use(*session);
    if (!session->ended()) watch_for_lapses();
}

void Sessions::came_online(const LiveSessionRef& session) {
    if (!is_online(*session) || !maybe_online_.emplace(order_of(*session), session).second) return;
    if (!session->is_held()) watch_for_lapses();
    if (++online_sessions_[session->user()] == 1) hooks_.on_presence(session->user());
}

void Sessions::went_offline(UserId user) {
    const auto found = online_sessions_.find(user);
    if (--found->second > 0) return;
    online_sessions_.erase(found);
    hooks_.on_presence(user);
}

void Sessions::forget_offline() {
    std::vector<UserId> lapsed;
    std::erase_if(maybe_online_, [&](const auto& item) {
        if (is_online(*item.second)) return false;
        lapsed.push_back(item.second->user());
        return true;
    });
    for (const UserId user : lapsed)
        went_offline(user);
}

// Going offline is noticed a little late, so that many sessions which lapse one after the other cost one look.
void Sessions::watch_for_lapses() {
    if (lapse_timer_.active()) return;
    lapse_timer_.start_after(options_.online_window + options_.online_window / 8, [this] { look_for_lapses(); });
}

void Sessions::look_for_lapses() {
    forget_offline();
    std::optional<MonotonicTime> next;
    for (const auto& [order, session] : maybe_online_)
        if (!session->is_held()) next = std::min(next.value_or(session->last_used_), session->last_used_);
    if (!next) return;
    const MonotonicTime lapse = *next + options_.online_window;
    lapse_timer_.start(lapse + options_.online_window / 8, [this] { look_for_lapses(); });
}

std::vector<UserId> Sessions::online() {
    forget_offline();
    std::vector<UserId> users;
    std::unordered_set<UserId> seen;
    for (const auto& [order, session] : maybe_online_)
        if (seen.insert(session->user()).second) users.push_back(session->user());
    return users;
}

}  // namespace obrol
