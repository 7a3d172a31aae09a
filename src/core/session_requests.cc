// Requests about sessions: logging in and out, and looking after one's logins.
#include <algorithm>
#include <utility>

#include "base/crypto/digest.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {

Task<Reply> Chat::State::run(Client& client, std::optional<Token>, Authenticate request) {
    const std::string name = name_key(request.user);
    if (is_limited(client)) {
        if (const auto wait = logins.begin(client.source_, name, now()))
            co_return refused(ChatError::too_many_requests, *wait);
    }
    const std::expected<UserRef, ChatError> user = co_await check_password(std::move(request));
    // Only a wrong guess counts.
    const bool was_a_guess =
        !user && (user.error() == ChatError::unknown_user || user.error() == ChatError::wrong_password);
    if (is_limited(client) && !was_a_guess) logins.forgive(client.source_, name, now());
    if (!user) co_return refused(user.error());
    // A source that is never held up need not be known.
    if (is_limited(client)) logins.remember(client.source_, name);

    const Token token = Uuid::version4(parts.secure_random);
    const auto session = co_await start_session((*user)->id, digest(token.to_string()));
    if (!session) co_return refused(session.error());
    client.log_in(*session, token);
    co_return SessionStarted{token, (*user)->card, options.server_label};
}

Task<std::expected<UserRef, ChatError>> Chat::State::check_password(Authenticate request) {
    const Result<UserRef> found = co_await accounts.find(request.user);
    if (!found) co_return Failure<ChatError>(unavailable(found.error()));
    const UserRef& user = *found;
    const bool is_known = user && user->state != AccountState::deleted;
    if (!is_known && !request.tells_which) {
        const bool was_checked = co_await check_decoy(std::move(request.password));
        if (!was_checked) co_return Failure<ChatError>(ChatError::busy);
    }
    if (!is_known) co_return Failure<ChatError>(ChatError::unknown_user);
    if (user->password_hash.empty()) co_return Failure<ChatError>(ChatError::wrong_password);
    const std::optional<bool> matches = co_await parts.hasher.verify(std::move(request.password), user->password_hash);
    if (!matches) co_return Failure<ChatError>(ChatError::busy);
    if (!*matches) co_return Failure<ChatError>(ChatError::wrong_password);
    co_return user;
}

// As much work as checking a real password. False: too many requests are waiting.
Task<bool> Chat::State::check_decoy(std::string password) {
    if (decoy_hash.empty()) {
        std::optional<std::string> hash = co_await parts.hasher.hash(Uuid::version4(parts.secure_random).to_string());
        if (!hash) co_return false;
        decoy_hash = std::move(*hash);
    }
    const std::optional<bool> matches = co_await parts.hasher.verify(std::move(password), decoy_hash);
    co_return matches.has_value();
}

Task<Chat::State::Authorized> Chat::State::start_session(UserId user, Digest token) {
    for (;;) {
        const WallTime at = parts.timers.clock().wall_now();
        const StartSession start{user, token, at, options.sessions_per_user_max};
        const ChangeResult result = co_await parts.commits.submit(start);
        if (result) co_return sessions.started(Session{std::get<SessionCreated>(*result).session, user, at, at}, token);
        if (result.error() != ChatError::too_many_sessions) co_return Failure<ChatError>(result.error());
        const std::expected<void, ChatError> made_room = co_await make_room_for_session(user);
        if (!made_room) co_return Failure<ChatError>(made_room.error());
    }
}

// A login is not to be refused because of others that nobody logged out of: those unused for longest end, unless a
// connection holds them.
Task<std::expected<void, ChatError>> Chat::State::make_room_for_session(UserId user) {
    Result<std::vector<Sessions::Known>> list = co_await sessions.list(user);
    if (!list) co_return Failure<ChatError>(unavailable(list.error()));
    if (list->size() < options.sessions_per_user_max) co_return std::expected<void, ChatError>();
    std::size_t surplus = list->size() - options.sessions_per_user_max + 1;
    std::erase_if(*list, [](const Sessions::Known& session) { return session.is_held; });
    if (list->size() < surplus) co_return Failure<ChatError>(ChatError::too_many_sessions);
    std::ranges::stable_sort(*list, {}, &Sessions::Known::used_at);
    for (const Sessions::Known& session : *list) {
        if (surplus-- == 0) break;
        const ChangeResult ended = co_await sessions.end(session.stored.session, session.stored.token);
        if (!ended && ended.error() != ChatError::not_found) co_return Failure<ChatError>(ended.error());
    }
    co_return std::expected<void, ChatError>();
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Resume) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto user = co_await user_of((*session)->user());
    if (!user) co_return refused(user.error());
    if (token && client.own_ != *session) client.log_in(*session, *token);
    if (is_limited(client)) logins.remember(client.source_, name_key((*user)->card.name));
    co_return SessionStarted{*client.token_, (*user)->card, options.server_label};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Logout request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef& ending = *session;
    const Token ended = token ? *token : *client.token_;
    const EndSession end{ending->session().id};
    const ChangeResult result = co_await parts.commits.submit(end);
    if (!result) co_return refused(result.error() == ChatError::not_found ? ChatError::not_authorized : result.error());
    client.let_go(ending);
    sessions.ended(ending->token());
    co_return SessionEnded{ended, request.then_close};
}

Task<std::expected<std::vector<SessionList::Item>, ChatError>> Chat::State::list_sessions(UserId user,
                                                                                          SessionId current) {
    const Result<std::vector<Sessions::Known>> known = co_await sessions.list(user);
    if (!known) co_return Failure<ChatError>(unavailable(known.error()));
    std::vector<SessionList::Item> list;
    for (const Sessions::Known& one : *known) {
        if (one.is_idle) continue;
        const Session& session = one.stored.session;
        list.push_back(
            {session.id, session.started_at, one.used_at, one.is_online, one.is_held, session.id == current});
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListSessions) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    auto list = co_await list_sessions((*session)->user(), (*session)->session().id);
    if (!list) co_return refused(list.error());
    co_return SessionList{std::move(*list)};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, RevokeSessions request) {
    using Which = RevokeSessions::Which;
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef& current = *session;
    const UserId user = current->user();
    const SessionId own = current->session().id;
    SessionsRevoked revoked;
    if (request.which == Which::one) {
        const EndSession end{request.session, user};
        const ChangeResult result = co_await parts.commits.submit(end);
        if (!result) co_return refused(result.error());
        revoked = SessionsRevoked{1, request.session == own};
    } else {
        const EndSessionsOf end{user, request.which == Which::others ? own : SessionId()};
        const ChangeResult result = co_await parts.commits.submit(end);
        if (!result) co_return refused(result.error());
        revoked = SessionsRevoked{std::get<SessionsEnded>(*result).count, request.which == Which::all};
    }
    if (revoked.current_too) client.let_go(current);
    if (request.which == Which::one) {
        sessions.ended(request.session);
    } else {
        sessions.ended_of(user, request.which == Which::others ? own : SessionId());
    }
    co_return revoked;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListOnline) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto users = co_await users_of(sessions.online());
    if (!users) co_return refused(users.error());
    OnlineList list;
    for (const UserRef& user : *users)
        list.users.push_back(user->card);
    co_return list;
}

}  // namespace obrol
