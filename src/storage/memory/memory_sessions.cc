// Sessions in MemoryTables.
#include "base/check.h"
#include "storage/memory/memory_tables.h"

namespace obrol {

std::optional<Session> MemoryTables::find_session(const Digest& token) const {
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? std::nullopt : std::optional(sessions_.at(found->second).session);
}

SessionId MemoryTables::insert_session(UserId user, const Digest& token, WallTime at) {
    about_to_write();
    // Ids are not used again after a rollback: nothing may depend on their being dense.
    const SessionId id(++last_session_);
    sessions_.emplace(id, StoredSession{Session{id, user, at, at}, token});
    const bool is_new = tokens_.emplace(token, id).second;
    OBROL_CHECK(is_new);
    remember([this, id, token] {
        sessions_.erase(id);
        tokens_.erase(token);
    });
    return id;
}

void MemoryTables::end_session(std::map<SessionId, StoredSession>::iterator session) {
    remember([this, old = session->second] {
        sessions_.emplace(old.session.id, old);
        tokens_.emplace(old.token, old.session.id);
    });
    tokens_.erase(session->second.token);
    sessions_.erase(session);
}

std::optional<Session> MemoryTables::session(SessionId session) {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? std::nullopt : std::optional(found->second.session);
}

std::size_t MemoryTables::session_count(UserId user) {
    return sessions_of(user).size();
}

std::vector<StoredSession> MemoryTables::sessions_of(UserId user) const {
    std::vector<StoredSession> found;
    for (const auto& [id, stored] : sessions_)
        if (stored.session.user == user) found.push_back(stored);
    return found;
}

std::vector<StoredSession> MemoryTables::sessions_unused_since(WallTime before, SessionId after,
                                                               std::size_t sessions_max) const {
    std::vector<StoredSession> found;
    for (auto next = sessions_.upper_bound(after); next != sessions_.end() && found.size() < sessions_max; ++next)
        if (next->second.session.used_at < before) found.push_back(next->second);
    return found;
}

bool MemoryTables::delete_session(SessionId session) {
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return false;
    about_to_write();
    end_session(found);
    return true;
}

std::int64_t MemoryTables::delete_sessions_of(UserId user, SessionId kept) {
    about_to_write();
    std::int64_t ended = 0;
    for (auto next = sessions_.begin(); next != sessions_.end();) {
        const auto session = next++;
        if (session->second.session.user != user || session->first == kept) continue;
        end_session(session);
        ++ended;
    }
    return ended;
}

void MemoryTables::set_session_used(SessionId session, WallTime at) {
    about_to_write();
    WallTime& stored = sessions_.at(session).session.used_at;
    remember([this, session, old = stored] { sessions_.at(session).session.used_at = old; });
    stored = at;
}

}  // namespace obrol
