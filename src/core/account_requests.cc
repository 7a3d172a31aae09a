// Requests about accounts: making one, and what it says of its owner.
#include <utility>

#include "base/crypto/digest.h"
#include "core/account_rules.h"
#include "core/administration.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {

// Why this connection may not make an account without an invitation.
std::optional<ChatError> Chat::State::refusal_of_registration(const Client& client) const {
    switch (options.registration) {
        case Registration::open:
            return std::nullopt;
        case Registration::loopback:
            if (is_loopback(client)) return std::nullopt;
            return ChatError::registration_closed;
        case Registration::invite:
            return ChatError::invitation_needed;
        case Registration::closed:
            return ChatError::registration_closed;
    }
    return ChatError::registration_closed;
}

// Looked at before the work of a password hash; it counts when the account is stored.
Task<std::expected<void, Refused>> Chat::State::check_invitation(const Client& client, Digest code) {
    if (is_limited(client)) {
        if (const auto wait = failed_invitations_per_source.look(client.source_, now()))
            co_return Failure<Refused>(refusal(ChatError::too_many_requests, *wait));
    }
    const Result<std::optional<Invitation>> found = co_await parts.store.find_invitation(code);
    if (!found) co_return Failure<Refused>(Refused{unavailable(found.error()), {}, false});
    if (*found && (*found)->is_usable(parts.timers.clock().wall_now())) co_return std::expected<void, Refused>();
    if (is_limited(client)) static_cast<void>(failed_invitations_per_source.take(client.source_, now()));
    co_return Failure<Refused>(Refused{ChatError::bad_invitation, {}, false});
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token>, Register request) {
    std::optional<Digest> invitation;
    if (request.invitation) invitation = digest(invitation_key(*request.invitation));
    if (!invitation || options.registration == Registration::closed) {
        if (const std::optional<ChatError> why = refusal_of_registration(client)) co_return refused(*why);
    }
    UserCard card{std::move(request.user), std::move(request.display_name), std::move(request.country)};
    if (const NameProblem problem = check_user_name(card.name); problem != NameProblem::none)
        co_return Refused{ChatError::bad_name, std::string(to_string(problem)), false};
    if (std::string problem = password_problem(request.password, card.name, options); !problem.empty())
        co_return Refused{ChatError::bad_password, std::move(problem), false};
    if (std::string problem = profile_problem(card, options); !problem.empty())
        co_return Refused{ChatError::bad_profile, std::move(problem), false};
    if (invitation) {
        const auto good = co_await check_invitation(client, *invitation);
        if (!good) co_return Reply(good.error());
    } else if (is_limited(client)) {
        if (const auto wait = registrations_per_source.take(client.source_, now()))
            co_return refused(ChatError::too_many_accounts, *wait);
    }
    const auto added = co_await add_user(card, std::move(request.password), Role::member, invitation);
    if (!added) co_return refused(added.error());
    co_return Registered{std::move(card)};
}

Task<std::expected<UserId, ChatError>> Chat::State::add_user(UserCard card, std::string password, Role role,
                                                             std::optional<Digest> invitation) {
    if (check_user_name(card.name) != NameProblem::none) co_return Failure<ChatError>(ChatError::bad_name);
    std::optional<std::string> hash = co_await parts.hasher.hash(std::move(password));
    if (!hash) co_return Failure<ChatError>(ChatError::busy);
    if (card.display_name.empty()) card.display_name = card.name;
    CreateUser create{std::move(card), std::move(*hash), role, parts.timers.clock().wall_now(), invitation};
    const ChangeResult result = co_await parts.commits.submit(std::move(create));
    if (!result) co_return Failure<ChatError>(result.error());
    co_return std::get<UserCreated>(*result).user;
}

Task<std::expected<UserId, ChatError>> Chat::add_user(UserCard card, std::string password, Role role) {
    return state_->add_user(std::move(card), std::move(password), role, std::nullopt);
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
    if (std::string problem = password_problem(request.new_password, (*user)->card.name, options); !problem.empty())
        co_return Refused{ChatError::bad_password, std::move(problem), false};
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

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ChangeProfile request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const auto user = co_await user_of((*session)->user());
    if (!user) co_return refused(user.error());
    auto changed = co_await change_profile(*user, std::move(request.display_name), std::move(request.country));
    if (!changed) co_return Reply(std::move(changed.error()));
    co_return ProfileChanged{std::move(*changed)};
}

Task<std::expected<UserCard, Refused>> Chat::State::change_profile(UserRef user,
                                                                   std::optional<std::string> display_name,
                                                                   std::optional<std::string> country) {
    UserCard card = user->card;
    if (display_name) card.display_name = display_name->empty() ? card.name : *display_name;
    if (country) card.country = *country;
    if (std::string problem = profile_problem(card, options); !problem.empty())
        co_return Failure<Refused>(Refused{ChatError::bad_profile, std::move(problem), false});
    SetProfile change{user->id, {}, {}};
    if (display_name) change.display_name = card.display_name;
    if (country) change.country = card.country;
    const ChangeResult result = co_await parts.commits.submit(std::move(change));
    if (!result) co_return Failure<Refused>(Refused{result.error(), {}, false});
    accounts.forget(user->id);
    co_return card;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, Block request) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const LiveSessionRef& owner = *session;
    auto other = co_await resolve(std::move(request.who));
    if (!other) co_return Reply(std::move(other.error()));
    const SetBlock change{owner->user(), (*other)->id, request.blocked};
    const ChangeResult result = co_await parts.commits.submit(change);
    if (!result) co_return refused(result.error());
    co_return Acknowledged{};
}

}  // namespace obrol
