#include "core/groups.h"

#include <algorithm>
#include <utility>

#include "model/name.h"

namespace obrol {
namespace {

bool is_held_elsewhere(const std::shared_ptr<CachedGroup>& group) {
    return group.use_count() > 1;
}

// Each once: somebody who left may be back by what the load saw.
Readers with_former(const CachedGroup& group, const std::vector<UserId>& left) {
    if (left.empty()) return group.readers;
    std::vector<UserId> all = *group.readers;
    for (const UserId user : left)
        if (!group.role_of(user)) all.push_back(user);
    return std::make_shared<const std::vector<UserId>>(std::move(all));
}

// By seniority, too: whoever comes stands behind those who are there.
std::vector<UserId> members_after(const CachedGroup& group, const GroupChanged& changed) {
    std::vector<UserId> members = *group.readers;
    std::erase_if(members, [&](UserId user) { return std::ranges::find(changed.left, user) != changed.left.end(); });
    for (const GroupMember& member : changed.now)
        if (!group.role_of(member.user)) members.push_back(member.user);
    return members;
}

}  // namespace

GroupRef Groups::cached(ConversationId conversation) {
    const auto* group = groups_.find(conversation);
    return group ? *group : nullptr;
}

GroupRef Groups::cached_by_id(const std::string& id) {
    const ConversationId* conversation = ids_.find(name_key(id));
    return conversation ? cached(*conversation) : nullptr;
}

GroupRef Groups::cached_by_code(const std::string& code) {
    const ConversationId* conversation = codes_.find(code);
    GroupRef group = conversation ? cached(*conversation) : nullptr;
    return group && group->group.code == code ? group : nullptr;
}

Task<Result<GroupRef>> Groups::find(ConversationId conversation) {
    if (GroupRef group = cached(conversation)) co_return group;
    co_return co_await load(store_.find_group(conversation));
}

Task<Result<GroupRef>> Groups::find_by_id(std::string id) {
    if (GroupRef group = cached_by_id(id)) co_return group;
    co_return co_await load(store_.find_group(name_key(id)));
}

Task<Result<GroupRef>> Groups::find_by_code(std::string code) {
    if (GroupRef group = cached_by_code(code)) co_return group;
    Result<GroupRef> found = co_await load(store_.find_group_by_code(code));
    // Another code may have replaced it meanwhile.
    if (found && *found && (*found)->group.code != code) co_return GroupRef();
    co_return found;
}

Task<Result<void>> Groups::reload_names(std::function<bool(const Group&)> is_called_otherwise) {
    ids_.clear();
    std::vector<std::shared_ptr<CachedGroup>> renamed;
    groups_.for_each([&](ConversationId, const std::shared_ptr<CachedGroup>& group) {
        if (is_called_otherwise(group->group)) renamed.push_back(group);
    });
    for (const std::shared_ptr<CachedGroup>& group : renamed) {
        const Loaded stored = co_await store_.find_group(group->group.conversation);
        if (!stored) co_return Failure<Error>(stored.error());
        if (!*stored) continue;
        group->group.home = (*stored)->group.home;
        group->group.card.id = (*stored)->group.card.id;
    }
    ids_.clear();  // the old names of those may have been looked for meanwhile
    co_return Result<void>();
}

Task<Result<GroupRef>> Groups::load(Task<Loaded> reading) {
    ++loads_;
    Loaded found = co_await std::move(reading);
    --loads_;
    GroupRef group;
    if (found && *found) group = keep(std::move(**found));
    if (loads_ == 0) missed_.clear();
    if (!found) co_return Failure<Error>(std::move(found.error()));
    co_return group;
}

GroupRef Groups::keep(StoredGroup stored) {
    // One that is cached follows the commits; what was read may lie before them.
    if (GroupRef known = cached(stored.group.conversation)) {
        ids_.put(name_key(known->group.card.id), known->group.conversation);
        return known;
    }
    auto group = std::make_shared<CachedGroup>();
    std::vector<UserId> readers;
    readers.reserve(stored.members.size());
    for (const GroupMember& member : stored.members) {
        readers.push_back(member.user);
        group->roles.emplace(member.user, member.role);
    }
    group->group = std::move(stored.group);
    group->readers = std::make_shared<const std::vector<UserId>>(std::move(readers));
    group->last = stored.last;
    for (const GroupChanged& changed : missed_)
        if (changed.group->conversation == group->group.conversation) change(*group, changed);
    put(group);
    return group;
}

void Groups::put(std::shared_ptr<CachedGroup> group) {
    const Group& what = group->group;
    ids_.put(name_key(what.card.id), what.conversation);
    if (!what.code.empty()) codes_.put(what.code, what.conversation);
    groups_.put(what.conversation, std::move(group), is_held_elsewhere);
}

void Groups::change(CachedGroup& group, const GroupChanged& changed) {
    if (!changed.entries.empty()) {
        if (changed.entries.back().header.seq <= group.last) return;  // the load saw it
        group.last = changed.entries.back().header.seq;
    }
    if (group.group.card.id != changed.group->card.id) {
        ids_.erase(name_key(group.group.card.id));
        ids_.put(name_key(changed.group->card.id), changed.group->conversation);
    }
    group.group = *changed.group;
    if (!group.group.code.empty()) codes_.put(group.group.code, group.group.conversation);
    std::vector<UserId> members = members_after(group, changed);
    if (members != *group.readers) group.readers = std::make_shared<const std::vector<UserId>>(std::move(members));
    for (const UserId user : changed.left)
        group.roles.erase(user);
    for (const GroupMember& member : changed.now)
        group.roles[member.user] = member.role;
}

std::vector<Readers> Groups::apply(const GroupChanged& changed) {
    std::vector<Readers> readers(changed.entries.size());
    const auto* known = groups_.find(changed.group->conversation);
    std::shared_ptr<CachedGroup> group = known ? *known : nullptr;
    const bool is_new = !changed.entries.empty() && changed.entries.front().header.seq == Seq(1);
    if (!group && !is_new) {
        if (loads_ > 0) missed_.push_back(changed);
        return readers;
    }
    if (!group) {
        group = std::make_shared<CachedGroup>();
        group->readers = std::make_shared<const std::vector<UserId>>();
        group->group = *changed.group;
        put(group);
    }
    change(*group, changed);
    for (Readers& each : readers)
        each = group->readers;
    if (!readers.empty()) readers.front() = with_former(*group, changed.left);
    return readers;
}

}  // namespace obrol
