#include "core/sessions.h"

#include <algorithm>
#include <unordered_set>

namespace obrol {
namespace {

// A session must be one object as long as anybody holds it, or its end would go unnoticed.
bool is_held_elsewhere(const LiveSessionRef& session) {
    return session.use_count() > 1;
}

}  // namespace

LiveSessionRef Sessions::cached(const Digest& token) {
    const LiveSessionRef* session = by_token_.find(token);
    return session ? *session : nullptr;
}

Task<Result<LiveSessionRef>> Sessions::find(Digest token) {
    if (LiveSessionRef session = cached(token)) co_return session;
    Result<std::optional<Session>> found = co_await store_.find_session(token);
    if (!found) co_return Failure<Error>(std::move(found.error()));
    if (!*found) co_return LiveSessionRef();
    co_return started(**found, token);
}

LiveSessionRef Sessions::started(Session session, const Digest& token) {
    // Two requests may have looked it up at the same time.
    if (LiveSessionRef known = cached(token)) return known;
    return by_token_.put(token, std::make_shared<LiveSession>(session, token), is_held_elsewhere);
}

void Sessions::ended(LiveSession& session) {
    session.ended_ = true;
    const Digest token = session.token_;
    maybe_online_.erase(order_of(session));
    by_token_.erase(token);
}

void Sessions::ended_of(UserId user, SessionId kept) {
    std::vector<LiveSessionRef> ending;
    by_token_.for_each([&](const Digest&, const LiveSessionRef& session) {
        if (session->user() == user && session->session().id != kept) ending.push_back(session);
    });
    for (const LiveSessionRef& session : ending)
        ended(*session);
}

bool Sessions::is_online(const LiveSession& session) const {
    if (session.ended()) return false;
    return session.connections_ > 0 || timers_.clock().monotonic_now() - session.last_used_ < online_window_;
}

void Sessions::used(const LiveSessionRef& session) {
    session->last_used_ = timers_.clock().monotonic_now();
    if (session->ended()) return;
    if (!maybe_online_.emplace(order_of(*session), session).second) return;
    if (maybe_online_.size() < forget_offline_at_) return;
    forget_offline();
    forget_offline_at_ = std::max<std::size_t>(1024, maybe_online_.size() * 2);
}

void Sessions::attach(const LiveSessionRef& session) {
    ++session->connections_;
    used(session);
}

void Sessions::detach(LiveSession& session) {
    --session.connections_;
}

void Sessions::forget_offline() {
    std::erase_if(maybe_online_, [this](const auto& item) { return !is_online(*item.second); });
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
