// What the operator may ask of groups.
#include <fmt/core.h>
#include <utility>

#include "core/administration.h"
#include "core/chat_state.h"
#include "core/codes.h"
#include "model/name.h"

namespace obrol {

Task<Administration::Answer<GroupRef>> Administration::find_group(std::string id) {
    const Result<GroupRef> found = co_await state_.groups.find_by_id(id);
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    if (!*found) co_return Failure<Refused>(Refused{ChatError::unknown_group, std::move(id), false});
    co_return *found;
}

Task<Administration::Answer<Administration::GroupPage>> Administration::list_groups(std::string after,
                                                                                    std::size_t groups_max) {
    // One more shows whether there are further ones.
    Result<std::vector<Membership>> stored = co_await state_.parts.store.list_groups(name_key(after), groups_max + 1);
    if (!stored) co_return Failure<Refused>(unavailable(stored.error()));
    GroupPage page;
    page.more = stored->size() > groups_max;
    if (page.more) stored->resize(groups_max);
    for (Membership& each : *stored)
        page.groups.push_back({std::move(each.group), each.members});
    co_return page;
}

Task<Administration::Answer<Administration::GroupDetails>> Administration::show_group(std::string id) {
    const Answer<GroupRef> found = co_await find_group(std::move(id));
    if (!found) co_return Failure<Refused>(found.error());
    const CachedGroup& group = **found;
    GroupDetails details;
    details.summary = {group.group, group.readers->size()};
    // As it is now: members may come and go while the users are looked up.
    const Readers members = group.readers;
    for (const UserId member : *members)
        details.members.push_back({UserCard(), *group.role_of(member)});
    for (std::size_t i = 0; i < members->size(); ++i) {
        const auto user = co_await state_.user_of((*members)[i]);
        if (!user) co_return Failure<Refused>(Refused{user.error(), {}, false});
        details.members[i].user = (*user)->card;
    }
    const Result<std::vector<UserId>> banned = co_await state_.parts.store.banned(group.group.conversation);
    if (!banned) co_return Failure<Refused>(unavailable(banned.error()));
    for (const UserId each : *banned) {
        const auto user = co_await state_.user_of(each);
        if (!user) co_return Failure<Refused>(Refused{user.error(), {}, false});
        details.banned.push_back((*user)->card);
    }
    co_return details;
}

Task<Administration::Answer<Administration::GroupSummary>> Administration::change_group(GroupRef group, Change change) {
    const std::string id = group->group.card.id;
    const ChangeResult result = co_await state_.parts.commits.submit(std::move(change));
    if (!result) co_return Failure<Refused>(Refused{result.error(), id, false});
    state_.group_changed(UserCard(), std::get<GroupChanged>(*result));
    co_return GroupSummary{group->group, group->readers->size()};
}

Task<Administration::Answer<Administration::GroupSummary>> Administration::set_group_options(
    std::string id, std::optional<bool> history_open, std::optional<std::chrono::days> retention) {
    if (retention && (retention->count() < 0 || *retention > retention_days_max))
        co_return Failure<Refused>(
            Refused{ChatError::bad_argument,
                    fmt::format("messages are kept for 1 to {} days, or for ever (0)", retention_days_max.count())});
    const Answer<GroupRef> group = co_await find_group(std::move(id));
    if (!group) co_return Failure<Refused>(group.error());
    const SetGroupOptions set{(*group)->group.conversation, history_open, retention};
    co_return co_await change_group(*group, set);
}

Task<Administration::Answer<Administration::GroupSummary>> Administration::renew_group_code(std::string id) {
    const Answer<GroupRef> group = co_await find_group(std::move(id));
    if (!group) co_return Failure<Refused>(group.error());
    if ((*group)->group.ended)
        co_return Failure<Refused>(Refused{ChatError::not_found, (*group)->group.card.id, false});
    SetGroupCode set;
    set.group = (*group)->group.conversation;
    set.codes = random_codes(state_.parts.secure_random, join_code_size);
    co_return co_await change_group(*group, std::move(set));
}

}  // namespace obrol
