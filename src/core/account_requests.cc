// Requests about accounts and sessions: who one is, and who is there.
#include <utility>

#include "base/crypto/digest.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {
namespace {

// What is wrong with a new password; empty: nothing.
std::string_view password_problem(std::string_view password, const Chat::Options& options) {
    std::size_t characters = 0;
    for (const char byte : password)
        if ((static_cast<unsigned char>(byte) & 0xC0u) != 0x80u) ++characters;  // not a continuation byte of UTF-8
    if (characters < options.password_characters_min) return "too short";
    if (password.size() > options.password_bytes_max) return "too long";
    return {};
}

}  // namespace

Task<Reply> Chat::State::run(Client& client, std::optional<Token>, Authenticate request) {
    const std::string source_and_user = client.source_ + ' ' + name_key(request.user);
    if (is_limited(client)) {
        auto wait = failed_logins_per_source.look(client.source_, now());
        if (!wait) wait = failed_logins_per_source_and_user.look(source_and_user, now());
        if (wait) co_return refused(ChatError::too_many_requests, *wait);
    }
    const auto fail_login = [&](ChatError why) {
        if (is_limited(client)) {
            static_cast<void>(failed_logins_per_source.take(client.source_, now()));
            static_cast<void>(failed_logins_per_source_and_user.take(source_and_user, now()));
        }
        return refused(why);
    };
    Result<UserRef> found = co_await accounts.find(request.user);
    if (!found) co_return refused(unavailable(found.error()));
    const UserRef user = *found;
    const bool is_known = user && user->state != AccountState::deleted;
    if (!is_known && !request.tells_which) {
        const bool was_checked = co_await check_decoy(std::move(request.password));
        if (!was_checked) co_return refused(ChatError::busy);
    }
    if (!is_known) co_return fail_login(ChatError::unknown_user);
    if (user->password_hash.empty()) co_return fail_login(ChatError::wrong_password);
    const std::optional<bool> matches = co_await parts.hasher.verify(std::move(request.password), user->password_hash);
    if (!matches) co_return refused(ChatError::busy);
    if (!*matches) co_return fail_login(ChatError::wrong_password);

    const Token token = Uuid::version4(parts.secure_random);
    const Digest key = digest(token.to_string());
    const WallTime started_at = parts.timers.clock().wall_now();
    const StartSession start{user->id, key, started_at};
    const ChangeResult result = co_await parts.commits.submit(start);
    if (!result) co_return refused(result.error());
    const SessionId id = std::get<SessionCreated>(*result).session;
    client.log_in(sessions.started(Session{id, user->id, started_at}, key), token);
    co_return SessionStarted{token, user->card, options.server_label};
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

Task<Reply> Chat::State::run(Client& client, std::optional<Token>, Register request) {
    const bool is_open = options.registration == Registration::open ||
                         (options.registration == Registration::loopback && is_loopback(client));
    if (!is_open) co_return refused(ChatError::registration_closed);
    if (const NameProblem problem = check_user_name(request.user); problem != NameProblem::none)
        co_return Refused{ChatError::bad_name, std::string(to_string(problem)), false};
    if (const std::string_view problem = password_problem(request.password, options); !problem.empty())
        co_return Refused{ChatError::bad_password, std::string(problem), false};
    if (is_limited(client)) {
        if (const auto wait = registrations_per_source.take(client.source_, now()))
            co_return refused(ChatError::too_many_requests, *wait);
    }
    UserCard card{std::move(request.user), std::move(request.display_name), std::move(request.country)};
    const auto added = co_await add_user(card, std::move(request.password), Role::member);
    if (!added) co_return refused(added.error());
    co_return Registered{std::move(card)};
}

Task<std::expected<UserId, ChatError>> Chat::State::add_user(UserCard card, std::string password, Role role) {
    if (check_user_name(card.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    std::optional<std::string> hash = co_await parts.hasher.hash(std::move(password));
    if (!hash) co_return Failure<ChatError>(ChatError::busy);
    if (card.display_name.empty()) card.display_name = card.name;
    CreateUser create{std::move(card), std::move(*hash), role, parts.timers.clock().wall_now()};
    const ChangeResult result = co_await parts.commits.submit(std::move(create));
    if (!result) co_return Failure<ChatError>(result.error());
    co_return std::get<UserCreated>(*result).user;
}

Task<std::expected<UserId, ChatError>> Chat::add_user(UserCard card, std::string password, Role role) {
    return state_->add_user(std::move(card), std::move(password), role);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Resume) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto user = co_await user_of((*session)->user());
    if (!user) co_return refused(user.error());
    if (token && client.own_ != *session) client.log_in(*session, *token);
    co_return SessionStarted{*client.token_, (*user)->card, options.server_label};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Logout request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef ending = *session;
    const Token ended = token ? *token : *client.token_;
    const EndSession end{ending->session().id};
    const ChangeResult result = co_await parts.commits.submit(end);
    if (!result) co_return refused(result.error() == ChatError::not_found ? ChatError::not_authorized : result.error());
    sessions.ended(*ending);
    if (client.own_ == ending) client.log_out();
    client.use_last(nullptr);
    co_return SessionEnded{ended, request.then_close};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, WhoAmI) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto user = co_await user_of((*session)->user());
    if (!user) co_return refused(user.error());
    co_return Self{(*user)->card, (*user)->role, options.server_label, (*session)->session().started_at};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ChangePassword request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto user = co_await user_of((*session)->user());
    if (!user) co_return refused(user.error());
    if (const std::string_view problem = password_problem(request.new_password, options); !problem.empty())
        co_return Refused{ChatError::bad_password, std::string(problem), false};
    const std::optional<bool> matches =
        co_await parts.hasher.verify(std::move(request.old_password), (*user)->password_hash);
    if (!matches) co_return refused(ChatError::busy);
    if (!*matches) co_return refused(ChatError::wrong_password);
    std::optional<std::string> hash = co_await parts.hasher.hash(std::move(request.new_password));
    if (!hash) co_return refused(ChatError::busy);
    const UserId id = (*user)->id;
    const SessionId kept = (*session)->session().id;
    SetPassword change{id, std::move(*hash), kept};
    const ChangeResult result = co_await parts.commits.submit(std::move(change));
    if (!result) co_return refused(result.error());
    accounts.forget(id);
    sessions.ended_of(id, kept);
    co_return Acknowledged{};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListOnline) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    OnlineList list;
    for (const UserId id : sessions.online()) {
        const auto user = co_await user_of(id);
        if (!user) co_return refused(user.error());
        list.users.push_back((*user)->card);
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Block request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef owner = *session;
    auto other = co_await resolve(std::move(request.who));
    if (!other) co_return Reply(std::move(other.error()));
    const SetBlock change{owner->user(), (*other)->id, request.blocked};
    const ChangeResult result = co_await parts.commits.submit(change);
    if (!result) co_return refused(result.error());
    co_return Acknowledged{};
}

}  // namespace obrol
