// What the operator may ask of groups.
#include <fmt/core.h>
#include <utility>

#include "core/administration.h"
#include "core/chat_state.h"
#include "core/codes.h"
#include "model/name.h"

namespace obrol {
namespace {

// Texts of one page of a log.
constexpr std::size_t log_page_bytes_max = 1024 * 1024;

}  // namespace

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

// From the store: there the members, the roles and the length of the log are of one moment.
Task<Administration::Answer<Administration::GroupDetails>> Administration::show_group(std::string id) {
    Result<std::optional<StoredGroup>> found = co_await state_.parts.store.find_group(name_key(id));
    if (!found) co_return Failure<Refused>(unavailable(found.error()));
    if (!*found) co_return Failure<Refused>(Refused{ChatError::unknown_group, std::move(id), false});
    StoredGroup& stored = **found;
    GroupDetails details;
    details.entries = stored.last.value;
    std::vector<UserId> ids;
    for (const GroupMember& member : stored.members)
        ids.push_back(member.user);
    const auto users = co_await state_.users_of(std::move(ids));
    if (!users) co_return Failure<Refused>(Refused{users.error(), {}, false});
    for (std::size_t i = 0; i < users->size(); ++i) {
        const GroupMember& member = stored.members[i];
        details.members.push_back({(*users)[i]->card, member.role, state_.sessions.is_online(member.user)});
    }
    const Result<bool> recovering = co_await state_.parts.store.is_recovering(stored.group.conversation);
    if (!recovering) co_return Failure<Refused>(unavailable(recovering.error()));
    details.is_recovering = *recovering;
    Result<std::vector<UserId>> banned_ids = co_await state_.parts.store.banned(stored.group.conversation);
    if (!banned_ids) co_return Failure<Refused>(unavailable(banned_ids.error()));
    const auto banned = co_await state_.users_of(std::move(*banned_ids));
    if (!banned) co_return Failure<Refused>(Refused{banned.error(), {}, false});
    for (const UserRef& user : *banned)
        details.banned.push_back(user->card);
    details.summary = {std::move(stored.group), stored.members.size()};
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

Task<Administration::Answer<Administration::GroupLog>> Administration::read_group(std::string id, Seq after,
                                                                                  std::size_t entries_max) {
    const Answer<GroupRef> group = co_await find_group(std::move(id));
    if (!group) co_return Failure<Refused>(group.error());
    EntryRange range;
    range.conversation = (*group)->group.conversation;
    range.after = after;
    range.entries_max = entries_max;
    std::vector<EntryRange> ranges(1, range);
    Result<std::vector<EntryPage>> pages = co_await state_.parts.store.read(std::move(ranges), log_page_bytes_max);
    if (!pages) co_return Failure<Refused>(unavailable(pages.error()));
    GroupLog log;
    log.more = pages->front().more;
    std::vector<LogEntry>& entries = pages->front().entries;
    const auto senders = co_await state_.senders_of(entries);
    if (!senders) co_return Failure<Refused>(Refused{senders.error(), {}, false});
    for (std::size_t i = 0; i < senders->size(); ++i)
        log.items.push_back({std::move(entries[i]), (*senders)[i]->card});
    co_return log;
}

Task<Administration::Answer<Administration::GroupSummary>> Administration::end_recovery(std::string id) {
    const Answer<GroupRef> group = co_await find_group(std::move(id));
    if (!group) co_return Failure<Refused>(group.error());
    const Group& what = (*group)->group;
    if (what.home)
        co_return Failure<Refused>(
            Refused{ChatError::bad_argument,
                    fmt::format("{} is at home on another server: it recovers there", what.card.id), false});
    const auto ended = co_await state_.peering.end_recovery(what.conversation);
    if (!ended) co_return Failure<Refused>(Refused{ended.error(), what.card.id, false});
    co_return GroupSummary{what, (*group)->readers->size()};
}

Task<Administration::Answer<Administration::GroupSummary>> Administration::adopt_group(std::string id,
                                                                                       std::string new_id) {
    const Answer<GroupRef> group = co_await find_group(std::move(id));
    if (!group) co_return Failure<Refused>(group.error());
    const Group& what = (*group)->group;
    if (!what.home)
        co_return Failure<Refused>(
            Refused{ChatError::bad_argument, fmt::format("{} is at home here already", what.card.id), false});
    if (new_id.empty()) new_id = what.card.id.substr(0, what.card.id.find('@'));
    if (const NameProblem problem = check_user_name(new_id); problem != NameProblem::none)
        co_return Failure<Refused>(Refused{ChatError::bad_group_name, std::string(to_string(problem)), false});
    AdoptGroup adopt;
    const ConversationId conversation = what.conversation;
    adopt.group = conversation;
    adopt.card = GroupCard{new_id, what.card.name};
    adopt.codes = random_codes(state_.parts.secure_random, join_code_size);
    adopt.former = state_.peering.translation().global(what).value_or(GlobalGroup());
    Answer<GroupSummary> adopted = co_await change_group(*group, std::move(adopt));
    if (!adopted) {
        if (adopted.error().why == ChatError::group_taken) adopted.error().subject = new_id;
        co_return adopted;
    }
    const Result<void> told = co_await state_.peering.group_adopted(conversation);
    if (!told) co_return Failure<Refused>(unavailable(told.error()));
    co_return adopted;
}

}  // namespace obrol
