// Requests about groups: who belongs to them, and what their members may do.
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "core/account_rules.h"
#include "core/chat_state.h"
#include "core/codes.h"
#include "model/name.h"

namespace obrol {
namespace {

// Made-up ids: hexadecimal digits after a 'g'; how often another one is tried when it was given before.
constexpr std::size_t made_up_id_digits = 8;
constexpr int made_up_id_attempts = 8;

// What the cache is enough for: nobody who would be refused gets to know more.
std::optional<ChatError> rank_problem(const CachedGroup& group, UserId user, GroupRole needed) {
    const GroupRole* role = group.role_of(user);
    if (!role) return ChatError::not_a_member;
    if (*role < needed) return ChatError::not_allowed;
    return std::nullopt;
}

GroupView view_of(const CachedGroup& group, UserId user) {
    GroupView view;
    view.card = group.group.card;
    view.conversation = group.group.conversation;
    view.code = group.group.code;
    if (const GroupRole* role = group.role_of(user)) view.role = *role;
    view.members = group.readers->size();
    return view;
}

GroupRequest::Action removal_of(KickFromGroup::Action action) {
    switch (action) {
        case KickFromGroup::Action::kick:
            return GroupRequest::Action::kick;
        case KickFromGroup::Action::ban:
            return GroupRequest::Action::ban;
        case KickFromGroup::Action::unban:
            return GroupRequest::Action::unban;
    }
    return GroupRequest::Action::kick;
}

// Of a change that is about `other`: who is no member is named, unless that is oneself.
Refused refusal_about(Refused refused, const CachedGroup& group, UserId self, const User& other) {
    const bool is_about_oneself = refused.why == ChatError::not_a_member && !group.role_of(self);
    if (!is_about_oneself) refused.subject = other.card.name;
    return refused;
}

}  // namespace

Task<std::expected<GroupChanged, Refused>> Chat::State::change_group(const Client& client, UserRef by, Change change) {
    if (std::optional<Refused> limited = count_send(client, by->id)) co_return Failure<Refused>(std::move(*limited));
    ChangeResult result = co_await parts.commits.submit(std::move(change));
    if (!result) co_return Failure<Refused>(Refused{result.error(), {}, false});
    GroupChanged changed = std::get<GroupChanged>(std::move(*result));
    group_changed(by->card, changed);
    co_return changed;
}

void Chat::State::group_changed(const UserCard& by, const GroupChanged& changed) {
    const std::vector<Readers> readers = groups.apply(changed);
    for (std::size_t i = 0; i < changed.entries.size(); ++i) {
        const LogEntry& entry = changed.entries[i];
        if (i == 0) inbox.left(changed.group->conversation, changed.left, entry.header.seq);
        // Nobody is left, or nobody has had to do with the group lately: whoever listens catches up by its log.
        if (!readers[i] || readers[i]->empty()) continue;
        std::optional<MemberNote> note = parse_member_note(entry.body);
        OBROL_CHECK(note);
        auto event = std::make_shared<const Event>(GroupEvent{entry, by, changed.group->card, std::move(*note)});
        parts.bus.publish({entry.header, std::move(event), EntryReaders(readers[i])});
    }
    peering.members_changed(changed);
    peering.group_advanced(*changed.group);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, CreateGroup request) {
    const auto owner = co_await authorize_user(client, token);
    if (!owner) co_return refused(owner.error());
    const bool is_made_up = request.id.empty();
    if (!is_made_up) {
        const NameProblem problem = check_user_name(request.id);
        if (problem != NameProblem::none) co_return refused(ChatError::bad_group_name, std::string(to_string(problem)));
    }
    if (std::string problem = group_name_problem(request.name, options); !problem.empty())
        co_return refused(ChatError::bad_group_name, std::move(problem));
    const auto members = co_await resolve(std::move(request.members));
    if (!members) co_return Reply(members.error());

    FoundGroup found;
    found.owner = (*owner)->id;
    std::vector<UserRef> remote;  // who are asked once there is the group
    for (const UserRef& member : *members) {
        if (member->server)
            remote.push_back(member);
        else if (member->id != found.owner)
            found.members.push_back(member->id);
    }
    if (std::optional<Refused> unreachable = peering.refusal_to_reach(remote)) co_return Reply(std::move(*unreachable));
    found.limits = group_limits();
    for (int attempt = 1;; ++attempt) {
        found.card.id = is_made_up ? 'g' + random_hex(parts.secure_random, made_up_id_digits) : request.id;
        found.card.name = request.name.empty() ? found.card.id : request.name;
        found.codes = random_codes(parts.secure_random, join_code_size);
        stamp(found);
        const auto changed = co_await change_group(client, *owner, found);
        if (changed) {
            const auto group = co_await group_of(changed->group->conversation);
            if (!group) co_return refused(group.error());
            GroupCreated answer{view_of(**group, found.owner)};
            co_await invite_remote(*owner, *group, std::move(remote), answer.pending);
            co_return answer;
        }
        const ChatError why = changed.error().why;
        if (is_made_up && why == ChatError::group_taken && attempt < made_up_id_attempts) continue;
        const bool is_about_member = why == ChatError::unknown_recipient || why == ChatError::blocked;
        if (is_about_member && members->size() == 1) co_return refused(why, members->front()->card.name);
        if (why == ChatError::group_taken) co_return refused(why, found.card.id);
        co_return Reply(changed.error());
    }
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListGroups) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    Result<std::vector<Membership>> memberships = co_await parts.store.groups_of((*session)->user());
    if (!memberships) co_return refused(unavailable(memberships.error()));
    GroupList list;
    for (Membership& membership : *memberships) {
        Group& group = membership.group;
        list.groups.push_back(
            {std::move(group.card), group.conversation, std::move(group.code), membership.role, membership.members});
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListMembers request) {
    const auto self = co_await authorize_user(client, token);
    if (!self) co_return refused(self.error());
    auto found = co_await resolve_group(client, (*self)->id, std::move(request.group));
    if (!found) co_return Reply(std::move(found.error()));
    const CachedGroup& group = **found;
    if (!group.role_of((*self)->id)) co_return refused(ChatError::not_a_member);
    MemberList list;
    list.group = view_of(group, (*self)->id);
    // As it is now: members may come and go while the users are looked up.
    const Readers members = group.readers;
    list.members.reserve(members->size());
    for (const UserId id : *members)
        list.members.push_back({UserCard(), *group.role_of(id), false});
    const auto users = co_await users_of(*members);
    if (!users) co_return refused(users.error());
    const std::set<UserId> online = co_await online_among(*self, *users);
    for (std::size_t i = 0; i < users->size(); ++i) {
        list.members[i].user = (*users)[i]->card;
        list.members[i].online = online.contains((*users)[i]->id);
    }
    co_return list;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, JoinGroup request) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    if (!request.server.empty() && !peering.is_own_label(request.server))
        co_return co_await join_elsewhere(client, *user, std::move(request));
    Place place{Place::Kind::group_code, Address{std::move(request.code), {}}};
    auto found = co_await resolve_group(client, (*user)->id, std::move(place));
    if (!found) co_return Reply(std::move(found.error()));
    EnterGroup enter;
    enter.user = (*user)->id;
    enter.code = (*found)->group.code;
    stamp(enter);
    enter.limits = group_limits();
    const auto changed = co_await change_group(client, *user, std::move(enter));
    if (!changed) co_return Reply(changed.error());
    // By the code, which may have become another group's meanwhile.
    const auto group = co_await group_of(changed->group->conversation);
    if (!group) co_return refused(group.error());
    co_return GroupJoined{view_of(**group, (*user)->id), changed->entries.empty()};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, LeaveGroup request) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    auto group = co_await resolve_group(client, (*user)->id, std::move(request.group));
    if (!group) co_return Reply(std::move(group.error()));
    if ((*group)->group.home) {
        GroupRequest leave;
        leave.action = GroupRequest::Action::leave;
        Reply done = GroupLeft{(*group)->group.card, false};
        co_return co_await change_elsewhere(client, *user, *group, std::move(leave), std::move(done));
    }
    QuitGroup quit;
    quit.user = (*user)->id;
    quit.group = (*group)->group.conversation;
    stamp(quit);
    const auto changed = co_await change_group(client, *user, quit);
    if (!changed) co_return Reply(changed.error());
    co_return GroupLeft{changed->group->card, changed->group->ended};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, InviteToGroup request) {
    const auto by = co_await authorize_user(client, token);
    if (!by) co_return refused(by.error());
    auto group = co_await resolve_group(client, (*by)->id, std::move(request.group));
    if (!group) co_return Reply(std::move(group.error()));
    if (const auto why = rank_problem(**group, (*by)->id, GroupRole::admin)) co_return refused(*why);
    if (request.who.empty()) co_return refused(ChatError::missing_argument);
    auto named = co_await resolve_each(std::move(request.who));
    if (!named) co_return refused(named.error());
    if ((*group)->group.home) co_return co_await invite_elsewhere(client, *by, *group, std::move(*named));
    AddMembers add;
    add.by = (*by)->id;
    add.group = (*group)->group.conversation;
    std::vector<UserRef> remote;
    for (const Named& one : *named) {
        if (!one.user) continue;
        if (one.user->server)
            remote.push_back(one.user);
        else
            add.who.push_back(one.user->id);
    }
    stamp(add);
    add.limits = group_limits();
    std::unordered_map<UserId, ChatError> refusals;
    if (!add.who.empty()) {
        const auto changed = co_await change_group(client, *by, std::move(add));
        if (!changed) co_return Reply(changed.error());
        refusals.insert(changed->refused.begin(), changed->refused.end());
    }
    MembersAdded answer;
    answer.group = (*group)->group.card;
    answer.failed = co_await invite_remote(*by, *group, std::move(remote), answer.pending);
    for (Named& one : *named) {
        if (one.user && one.user->server) continue;
        if (one.user && refusals.contains(one.user->id)) one.refusal = refusals.at(one.user->id);
        if (one.refusal)
            answer.failed.push_back({std::move(one.name), *one.refusal});
        else
            answer.added.push_back(one.user->card.name);
    }
    if (answer.added.empty() && answer.pending.empty()) co_return refusal_of_all(answer.failed);
    co_return answer;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, KickFromGroup request) {
    const auto by = co_await authorize_user(client, token);
    if (!by) co_return refused(by.error());
    auto group = co_await resolve_group(client, (*by)->id, std::move(request.group));
    if (!group) co_return Reply(std::move(group.error()));
    auto who = co_await resolve(std::move(request.who));
    if (!who) co_return Reply(std::move(who.error()));
    if ((*group)->group.home) {
        GroupRequest removal;
        removal.action = removal_of(request.action);
        removal.who.push_back(peering.translation().global(**who));
        Reply done = MemberChanged{(*group)->group.card, (*who)->card};
        co_return co_await change_elsewhere(client, *by, *group, std::move(removal), std::move(done));
    }
    RemoveMember remove;
    remove.by = (*by)->id;
    remove.group = (*group)->group.conversation;
    remove.who = (*who)->id;
    remove.action = request.action;
    stamp(remove);
    const auto changed = co_await change_group(client, *by, remove);
    if (!changed) co_return Reply(refusal_about(changed.error(), **group, (*by)->id, **who));
    co_return MemberChanged{changed->group->card, (*who)->card};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, SetGroupRole request) {
    const auto by = co_await authorize_user(client, token);
    if (!by) co_return refused(by.error());
    auto group = co_await resolve_group(client, (*by)->id, std::move(request.group));
    if (!group) co_return Reply(std::move(group.error()));
    auto who = co_await resolve(std::move(request.who));
    if (!who) co_return Reply(std::move(who.error()));
    if ((*group)->group.home) {
        GroupRequest role;
        role.action = GroupRequest::Action::role;
        role.role = request.role;
        role.who.push_back(peering.translation().global(**who));
        Reply done = MemberChanged{(*group)->group.card, (*who)->card};
        co_return co_await change_elsewhere(client, *by, *group, std::move(role), std::move(done));
    }
    SetMemberRole set;
    set.by = (*by)->id;
    set.group = (*group)->group.conversation;
    set.who = (*who)->id;
    set.role = request.role;
    stamp(set);
    const auto changed = co_await change_group(client, *by, set);
    if (!changed) co_return Reply(refusal_about(changed.error(), **group, (*by)->id, **who));
    co_return MemberChanged{changed->group->card, (*who)->card};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, RenewGroupCode request) {
    const auto by = co_await authorize_user(client, token);
    if (!by) co_return refused(by.error());
    auto group = co_await resolve_group(client, (*by)->id, std::move(request.group));
    if (!group) co_return Reply(std::move(group.error()));
    // Whoever wants to come is let in by the home, by its own code.
    if ((*group)->group.home) co_return refused(ChatError::not_allowed);
    SetGroupCode set;
    set.by = (*by)->id;
    set.group = (*group)->group.conversation;
    set.codes = random_codes(parts.secure_random, join_code_size);
    const auto changed = co_await change_group(client, *by, std::move(set));
    if (!changed) co_return Reply(changed.error());
    co_return GroupCodeRenewed{view_of(**group, (*by)->id)};
}

}  // namespace obrol
