#include "core/administration.h"

#include <fmt/core.h>
#include <utility>

#include "base/crypto/digest.h"
#include "core/account_rules.h"
#include "core/chat_state.h"
#include "model/name.h"

namespace obrol {
namespace {

// Digits and letters that cannot be taken for one another when they are read out or copied by hand (Crockford's base
// 32), five bits each: 80 bits cannot be guessed.
constexpr std::string_view code_alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t code_characters = 16;
constexpr std::size_t code_group = 4;

std::string make_code(SecureRandom& random) {
    std::array<std::byte, code_characters> bytes{};
    random.fill(bytes);
    std::string code;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0 && i % code_group == 0) code.push_back('-');
        code.push_back(code_alphabet[std::to_integer<std::size_t>(bytes[i]) % code_alphabet.size()]);
    }
    return code;
}

Failure<Refused> refuse(ChatError why, std::string subject) {
    return Failure<Refused>(Refused{why, std::move(subject), false});
}

std::optional<WallTime> last_use(const std::vector<SessionList::Item>& sessions) {
    std::optional<WallTime> last;
    for (const SessionList::Item& session : sessions)
        last = std::max(last.value_or(session.used_at), session.used_at);
    return last;
}

}  // namespace

std::string invitation_key(std::string_view code) {
    std::string key = name_key(code);
    std::erase_if(key, [](char character) { return character == '-' || character == ' '; });
    return key;
}

Refused Administration::unavailable(const Error& error) {
    return Refused{state_.unavailable(error), {}, false};
}

Administration::UserSummary Administration::summary_of(const User& user) const {
    return UserSummary{user.card, user.role, user.state, user.created_at, state_.sessions.is_online(user.id)};
}

Task<Administration::Answer<UserRef>> Administration::find(std::string name) {
    const Result<UserRef> found = co_await state_.accounts.find(name);
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    if (!*found) co_return refuse(ChatError::unknown_user, std::move(name));
    co_return *found;
}

Task<Administration::Answer<UserRef>> Administration::find_known(std::string name) {
    Answer<UserRef> found = co_await find(name);
    if (found && (*found)->state == AccountState::deleted) co_return refuse(ChatError::unknown_user, std::move(name));
    co_return found;
}

Task<Administration::Answer<Administration::UserSummary>> Administration::change(UserId user, Change change) {
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(change));
    if (!result) co_return refuse(result.error(), {});
    state_.accounts.forget(user);
    const Result<UserRef> found = co_await state_.accounts.find(user);
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    co_return summary_of(**found);
}

// Users.

Task<Administration::Answer<Administration::UserSummary>> Administration::add_user(UserCard card, std::string password,
                                                                                   Role role) {
    if (const NameProblem problem = check_user_name(card.name); problem != NameProblem::none)
        co_return refuse(ChatError::bad_name, std::string(to_string(problem)));
    if (std::string problem = password_problem(password, card.name, state_.options); !problem.empty())
        co_return refuse(ChatError::bad_password, std::move(problem));
    if (std::string problem = profile_problem(card, state_.options); !problem.empty())
        co_return refuse(ChatError::bad_profile, std::move(problem));
    const std::string name = card.name;
    const auto added = co_await state_.add_user(std::move(card), std::move(password), role, std::nullopt);
    if (!added) co_return refuse(added.error(), name);
    const Answer<UserRef> user = co_await find(name);
    if (!user) co_return Failure<Refused>(user.error());
    co_return summary_of(**user);
}

Task<Administration::Answer<Administration::UserList>> Administration::list_users(std::string after,
                                                                                  std::size_t users_max) {
    const Result<UserPage> page = co_await state_.parts.store.list_users(name_key(after), users_max);
    if (!page) co_return Failure<Refused>(unavailable(page.error()));
    UserList list;
    list.more = page->more;
    for (const User& user : page->users)
        list.users.push_back(summary_of(user));
    co_return list;
}

Task<Administration::Answer<Administration::UserDetails>> Administration::show_user(std::string name) {
    const Answer<UserRef> user = co_await find(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    auto sessions = co_await state_.list_sessions((*user)->id, SessionId());
    if (!sessions) co_return refuse(sessions.error(), {});
    UserDetails details;
    details.summary = summary_of(**user);
    details.last_used_at = last_use(*sessions);
    details.sessions = std::move(*sessions);
    co_return details;
}

Task<Administration::Answer<Administration::UserSummary>> Administration::set_password(std::string name,
                                                                                       std::string password) {
    const Answer<UserRef> user = co_await find_known(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    const UserId id = (*user)->id;
    if (std::string problem = password_problem(password, (*user)->card.name, state_.options); !problem.empty())
        co_return refuse(ChatError::bad_password, std::move(problem));
    std::optional<std::string> hash = co_await state_.parts.hasher.hash(std::move(password));
    if (!hash) co_return refuse(ChatError::busy, {});
    SetPassword set{id, std::move(*hash), SessionId()};
    Answer<UserSummary> changed = co_await change(id, std::move(set));
    if (changed) state_.sessions.ended_of(id, SessionId());
    co_return changed;
}

Task<Administration::Answer<Administration::UserSummary>> Administration::set_role(std::string name, Role role) {
    const Answer<UserRef> user = co_await find_known(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    const UserId id = (*user)->id;
    const SetRole set{id, role};
    co_return co_await change(id, set);
}

Task<Administration::Answer<Administration::UserSummary>> Administration::set_profile(
    std::string name, std::optional<std::string> display_name, std::optional<std::string> country) {
    const Answer<UserRef> user = co_await find_known(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    const UserId id = (*user)->id;
    const auto changed = co_await state_.change_profile(*user, std::move(display_name), std::move(country));
    if (!changed) co_return Failure<Refused>(changed.error());
    const Result<UserRef> found = co_await state_.accounts.find(id);
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    co_return summary_of(**found);
}

Task<Administration::Answer<Administration::UserSummary>> Administration::set_state(std::string name,
                                                                                    AccountState state) {
    const Answer<UserRef> user = co_await find_known(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    const UserId id = (*user)->id;
    Answer<UserSummary> changed = co_await change_state(*user, state);
    if (changed && state != AccountState::active) {
        state_.sessions.ended_of(id, SessionId());
        changed->online = false;
    }
    co_return changed;
}

Task<Administration::Answer<Administration::UserSummary>> Administration::change_state(UserRef user,
                                                                                       AccountState state) {
    if (state == AccountState::deleted) co_return co_await delete_user(std::move(user));
    SetAccountState set;
    set.user = user->id;
    set.state = state;
    co_return co_await change(user->id, set);
}

// The groups that he leaves stay loaded until their members are told. One that he joins meanwhile is left as well, but
// its members may hear of it only when they look.
Task<Administration::Answer<Administration::UserSummary>> Administration::delete_user(UserRef user) {
    const auto memberships = co_await state_.parts.store.groups_of(user->id);
    if (!memberships) co_return Failure<Refused>(unavailable(memberships.error()));
    std::vector<GroupRef> groups;
    for (const Membership& membership : *memberships) {
        const auto group = co_await state_.group_of(membership.group.conversation);
        if (!group) co_return refuse(group.error(), {});
        groups.push_back(*group);
    }
    SetAccountState set;
    set.user = user->id;
    set.state = AccountState::deleted;
    state_.stamp(set);
    const ChangeResult result = co_await state_.parts.commits.submit(set);
    if (!result) co_return refuse(result.error(), {});
    state_.accounts.forget(user->id);
    // As he is shown from now on.
    const UserCard card{user->card.name, user->card.name, {}};
    for (const GroupChanged& changed : std::get<AccountDeleted>(*result).groups)
        state_.group_changed(card, changed);
    for (const BlobDigest& blob : std::get<AccountDeleted>(*result).unused_blobs)
        state_.files.blob_unused(blob);
    for (const ServerId server : std::get<AccountDeleted>(*result).asked)
        if (Links* links = state_.peering.links()) links->wake(server);
    const Result<UserRef> found = co_await state_.accounts.find(user->id);
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    co_return summary_of(**found);
}

// Sessions.

Task<Administration::Answer<std::vector<SessionList::Item>>> Administration::list_sessions(std::string name) {
    const Answer<UserRef> user = co_await find(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    auto sessions = co_await state_.list_sessions((*user)->id, SessionId());
    if (!sessions) co_return refuse(sessions.error(), {});
    co_return std::move(*sessions);
}

Task<Administration::Answer<void>> Administration::revoke_session(SessionId session) {
    const EndSession end{session};
    const ChangeResult result = co_await state_.parts.commits.submit(end);
    if (!result) co_return refuse(result.error(), std::to_string(session.value));
    state_.sessions.ended(session);
    co_return Answer<void>();
}

Task<Administration::Answer<std::int64_t>> Administration::revoke_sessions(std::string name) {
    const Answer<UserRef> user = co_await find(std::move(name));
    if (!user) co_return Failure<Refused>(user.error());
    const UserId id = (*user)->id;
    const EndSessionsOf end{id, SessionId()};
    const ChangeResult result = co_await state_.parts.commits.submit(end);
    if (!result) co_return refuse(result.error(), {});
    state_.sessions.ended_of(id, SessionId());
    co_return std::get<SessionsEnded>(*result).count;
}

// Invitations.

Task<Administration::Answer<Administration::CreatedInvitation>> Administration::create_invitation(
    NewInvitation wanted) {
    if (wanted.uses_max < 1 || wanted.uses_max > invitation_uses_max)
        co_return refuse(ChatError::bad_argument,
                         fmt::format("an invitation is good for 1 to {} accounts", invitation_uses_max));
    if (wanted.lifetime && wanted.lifetime->count() <= 0)
        co_return refuse(ChatError::bad_argument, "the invitation would have expired already");
    if (std::string problem = note_problem(wanted.note, state_.options); !problem.empty())
        co_return refuse(ChatError::bad_argument, std::move(problem));
    CreatedInvitation created;
    created.code = make_code(state_.parts.secure_random);
    Invitation& invitation = created.invitation;
    invitation.role = wanted.role;
    invitation.uses_max = wanted.uses_max;
    invitation.note = std::move(wanted.note);
    invitation.created_at = state_.parts.timers.clock().wall_now();
    if (wanted.lifetime) invitation.expires_at = invitation.created_at + *wanted.lifetime;
    CreateInvitation create;
    create.code = digest(invitation_key(created.code));
    create.role = invitation.role;
    create.uses_max = invitation.uses_max;
    create.expires_at = invitation.expires_at;
    create.note = invitation.note;
    create.at = invitation.created_at;
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(create));
    if (!result) co_return refuse(result.error(), {});
    invitation.id = std::get<InvitationCreated>(*result).invitation;
    co_return created;
}

Task<Administration::Answer<std::vector<Administration::InvitationSummary>>> Administration::list_invitations() {
    Result<std::vector<Invitation>> stored = co_await state_.parts.store.invitations();
    if (!stored) co_return Failure<Refused>(unavailable(stored.error()));
    const WallTime now = state_.parts.timers.clock().wall_now();
    std::vector<InvitationSummary> list;
    for (Invitation& invitation : *stored) {
        InvitationSummary summary;
        summary.usable = invitation.is_usable(now);
        if (invitation.created_by) {
            const auto by = co_await state_.user_of(invitation.created_by);
            if (!by) co_return refuse(by.error(), {});
            summary.created_by = (*by)->card.name;
        }
        summary.invitation = std::move(invitation);
        list.push_back(std::move(summary));
    }
    co_return list;
}

Task<Administration::Answer<void>> Administration::revoke_invitation(InvitationId invitation) {
    const RevokeInvitation revoke{invitation};
    const ChangeResult result = co_await state_.parts.commits.submit(revoke);
    if (!result) co_return refuse(result.error(), std::to_string(invitation.value));
    co_return Answer<void>();
}

Task<Administration::Answer<void>> Administration::revoke_invitation(std::string code) {
    const Result<std::optional<Invitation>> found =
        co_await state_.parts.store.find_invitation(digest(invitation_key(code)));
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    if (!*found) co_return refuse(ChatError::not_found, "the code");
    co_return co_await revoke_invitation((*found)->id);
}

Task<Administration::Answer<bool>> Administration::has_admin() {
    const Result<bool> stored = co_await state_.parts.store.has_admin();
    if (!stored) co_return Failure<Refused>(unavailable(stored.error()));
    co_return *stored;
}

Task<Administration::Answer<Administration::Counts>> Administration::counts() {
    const Result<StoreCounts> stored = co_await state_.parts.store.counts();
    if (!stored) co_return Failure<Refused>(unavailable(stored.error()));
    co_return Counts{*stored, state_.sessions.online().size()};
}

}  // namespace obrol
