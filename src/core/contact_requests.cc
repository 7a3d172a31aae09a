// Requests about contacts.
#include <utility>

#include "core/chat_state.h"
#include "core/submit_all.h"

namespace obrol {

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, AddContacts request) {
    return set_contacts(client, std::move(token), std::move(request.who), true);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, RemoveContacts request) {
    return set_contacts(client, std::move(token), std::move(request.who), false);
}

Task<Reply> Chat::State::set_contacts(Client& client, std::optional<Token> token, std::vector<Address> who,
                                      bool wanted) {
    const auto owner = co_await authorize_user(client, token);
    if (!owner) co_return refused(owner.error());
    if (who.empty()) co_return refused(ChatError::missing_argument);
    auto named = co_await resolve_each(std::move(who));
    if (!named) co_return refused(named.error());
    SetContact set;
    set.owner = (*owner)->id;
    set.wanted = wanted;
    set.contacts_max = options.contacts_per_user_max;
    set.at = parts.timers.clock().wall_now();
    std::vector<Change> changes;
    for (const Named& one : *named) {
        if (!one.user) continue;
        set.other = one.user->id;
        changes.emplace_back(set);
    }
    const auto held = co_await strangers_for(set.owner);  // whom he adds he accepts
    if (!held) co_return refused(held.error());
    const std::vector<ChangeResult> results = co_await submit_all(parts.commits, std::move(changes));
    ContactsChanged answer;
    auto result = results.begin();
    for (Named& one : *named) {
        if (one.user && !*result) one.refusal = result->error();
        if (one.user && *result && wanted) stranger_settled(*owner, one.user);
        if (one.user) ++result;
        if (one.refusal)
            answer.failed.push_back({std::move(one.name), *one.refusal});
        else
            answer.done.push_back(one.user->card.name);
    }
    if (answer.done.empty()) co_return refusal_of_all(answer.failed);
    co_return answer;
}

// Those of other servers as they say.
Task<std::set<UserId>> Chat::State::online_among(UserRef viewer, std::vector<UserRef> users) {
    std::set<UserId> online;
    if (has_remote(users)) online = co_await remote_presence.online_among(std::move(viewer), users);
    for (const UserRef& user : users)
        if (sessions.is_online(user->id)) online.insert(user->id);
    co_return online;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListContacts) {
    const auto self = co_await authorize_user(client, token);
    if (!self) co_return refused(self.error());
    Result<std::vector<UserId>> contacts = co_await parts.store.contacts((*self)->id);
    if (!contacts) co_return refused(unavailable(contacts.error()));
    const auto users = co_await users_of(std::move(*contacts));
    if (!users) co_return refused(users.error());
    const std::set<UserId> online = co_await online_among(*self, *users);
    ContactList list;
    for (const UserRef& user : *users)
        list.contacts.push_back({user->card, online.contains(user->id)});
    co_return list;
}

}  // namespace obrol
