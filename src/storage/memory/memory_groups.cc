// Groups in MemoryTables.
#include <algorithm>

#include "base/check.h"
#include "model/name.h"
#include "storage/memory/memory_tables.h"

namespace obrol {
namespace {

std::optional<ConversationId> find_in(const std::map<std::string, ConversationId, std::less<>>& ids,
                                      std::string_view key) {
    const auto found = ids.find(key);
    return found == ids.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

const MemoryTables::GroupRows* MemoryTables::rows_of(ConversationId group) const {
    const Conversation* found = conversation(group);
    return found && found->group ? &*found->group : nullptr;
}

MemoryTables::Conversation& MemoryTables::log_of(ConversationId group) {
    return conversations_.at(static_cast<std::size_t>(group.value - 1));
}

MemoryTables::GroupRows& MemoryTables::rows_to_change(ConversationId group) {
    return log_of(group).group.value();
}

std::vector<MemoryTables::Member> MemoryTables::by_arrival(const GroupRows& rows) {
    std::vector<Member> members;
    for (const auto& [user, member] : rows.members)
        members.push_back(member);
    std::ranges::sort(members, {}, &Member::arrival);
    return members;
}

// Groups.

std::optional<ConversationId> MemoryTables::group_named(std::string_view id_key) {
    return find_in(group_ids_, id_key);
}

std::optional<ConversationId> MemoryTables::group_with_code(std::string_view code) {
    return find_in(group_codes_, code);
}

std::optional<Group> MemoryTables::group(ConversationId conversation) {
    const GroupRows* rows = rows_of(conversation);
    return rows ? std::optional(rows->group) : std::nullopt;
}

ConversationId MemoryTables::insert_group(const Group& group) {
    about_to_write();
    const ConversationId id(std::ssize(conversations_) + 1);
    Conversation& made = conversations_.emplace_back();
    made.group.emplace().group = group;
    made.group->group.conversation = id;
    std::string key = name_key(group.card.id);
    const bool is_new = group_ids_.emplace(key, id).second && group_codes_.emplace(group.code, id).second;
    OBROL_CHECK(is_new);
    remember([this, key = std::move(key), code = group.code] {
        conversations_.pop_back();
        group_ids_.erase(key);
        group_codes_.erase(code);
    });
    return id;
}

void MemoryTables::update_group(const Group& group) {
    about_to_write();
    Group& stored = rows_to_change(group.conversation).group;
    remember([this, old = stored, codes = group_codes_] {
        rows_to_change(old.conversation).group = old;
        group_codes_ = codes;
    });
    group_codes_.erase(stored.code);
    if (!group.code.empty()) group_codes_.emplace(group.code, group.conversation);
    stored = group;
}

void MemoryTables::rename_group(ConversationId group, ServerId home, const GroupCard& card) {
    about_to_write();
    Group& stored = rows_to_change(group).group;
    remember([this, old = stored, ids = group_ids_] {
        rows_to_change(old.conversation).group = old;
        group_ids_ = ids;
    });
    group_ids_.erase(name_key(stored.card.id));
    group_ids_.emplace(name_key(card.id), group);
    stored.home = home;
    stored.card = card;
}

std::vector<ConversationId> MemoryTables::groups_at(ServerId home) const {
    std::vector<ConversationId> found;
    for (const Conversation& one : conversations_)
        if (one.group && one.group->group.home == home) found.push_back(one.group->group.conversation);
    return found;
}

std::vector<ServerId> MemoryTables::servers_of(ConversationId group) const {
    std::set<ServerId> servers;
    if (const GroupRows* rows = rows_of(group)) {
        for (const auto& [user, visits] : rows->visits)
            servers.insert(this->user(user)->server);
    }
    servers.erase(ServerId());
    return {servers.begin(), servers.end()};
}

Seq MemoryTables::shared_upto(ServerId server, ConversationId group) const {
    Seq upto;
    if (const GroupRows* rows = rows_of(group)) {
        for (const auto& [user, visits] : rows->visits) {
            if (visits.empty() || this->user(user)->server != server) continue;
            const Seq last = visits.back().last;
            upto = std::max(upto, last == open_end ? open_end : next(last));
        }
    }
    return upto;
}

std::vector<SharedGroup> MemoryTables::shared_groups(ServerId server, bool at_home_there) const {
    std::vector<SharedGroup> found;
    for (const ConversationId id : groups_at(at_home_there ? server : ServerId())) {
        const std::vector<ServerId> servers = servers_of(id);
        if (!at_home_there && std::ranges::find(servers, server) == servers.end()) continue;
        const std::vector<LogEntry>& entries = conversation(id)->entries;
        SharedGroup shared{id, rows_of(id)->group, Seq(std::ssize(entries)), {}};
        if (!entries.empty()) shared.last_id = entries.back().header.id;
        found.push_back(std::move(shared));
    }
    return found;
}

std::optional<StoredGroup> MemoryTables::find_group(std::string_view id_key) const {
    const auto id = find_in(group_ids_, id_key);
    return id ? find_group(*id) : std::nullopt;
}

std::optional<StoredGroup> MemoryTables::find_group_by_code(std::string_view code) const {
    const auto id = find_in(group_codes_, code);
    return id ? find_group(*id) : std::nullopt;
}

std::optional<StoredGroup> MemoryTables::find_group(ConversationId id) const {
    const GroupRows* rows = rows_of(id);
    if (!rows) return std::nullopt;
    StoredGroup found{rows->group, {}, Seq(std::ssize(conversation(id)->entries))};
    for (const Member& one : by_arrival(*rows))
        found.members.push_back(one.member);
    return found;
}

std::vector<Membership> MemoryTables::list_groups(std::string_view after, std::size_t groups_max) const {
    std::vector<Membership> found;
    for (auto next = group_ids_.upper_bound(after); next != group_ids_.end() && found.size() < groups_max; ++next) {
        const GroupRows& rows = *rows_of(next->second);
        found.push_back(Membership{rows.group, GroupRole::member, rows.members.size()});
    }
    return found;
}

std::vector<Group> MemoryTables::groups_with_retention() const {
    std::vector<Group> found;
    for (const Conversation& one : conversations_)
        if (one.group && one.group->group.retention) found.push_back(one.group->group);
    return found;
}

// Members.

std::optional<GroupMember> MemoryTables::group_member(ConversationId group, UserId user) {
    const GroupRows* rows = rows_of(group);
    if (!rows) return std::nullopt;
    const auto found = rows->members.find(user);
    return found == rows->members.end() ? std::nullopt : std::optional(found->second.member);
}

std::size_t MemoryTables::group_size(ConversationId group) {
    return rows_of(group)->members.size();
}

std::vector<UserId> MemoryTables::group_members(ConversationId group) {
    std::vector<UserId> users;
    for (const Member& one : by_arrival(*rows_of(group)))
        users.push_back(one.member.user);
    return users;
}

std::optional<GroupMember> MemoryTables::oldest_member(ConversationId group, GroupRole role) {
    for (const Member& one : by_arrival(*rows_of(group)))
        if (one.member.role == role) return one.member;
    return std::nullopt;
}

std::vector<Membership> MemoryTables::memberships_of(UserId user) const {
    const auto known = memberships_.find(user);
    if (known == memberships_.end()) return {};
    std::map<std::int64_t, Membership> found;  // by arrival
    for (const ConversationId id : known->second) {
        const GroupRows* rows = rows_of(id);
        if (!rows || !rows->members.contains(user)) continue;
        const Member& one = rows->members.at(user);
        found.emplace(one.arrival, Membership{rows->group, one.member.role, rows->members.size()});
    }
    std::vector<Membership> ordered;
    for (auto& [arrival, membership] : found)
        ordered.push_back(std::move(membership));
    return ordered;
}

std::vector<ConversationId> MemoryTables::groups_of(UserId user) {
    std::vector<ConversationId> groups;
    for (const Membership& one : memberships_of(user))
        groups.push_back(one.group.conversation);
    return groups;
}

std::size_t MemoryTables::group_count(UserId user) {
    return groups_of(user).size();
}

void MemoryTables::insert_group_member(ConversationId group, const GroupMember& member) {
    about_to_write();
    Conversation& log = log_of(group);
    const bool is_new = log.members.emplace(member.user, Cursors{member.joined, member.joined}).second;
    if (is_new) memberships_[member.user].push_back(group);
    log.group->members.emplace(member.user, Member{member, ++last_arrival_});
    log.group->visits[member.user].push_back(SeqSpan{member.joined, open_end});
    remember([this, group, user = member.user, is_new] {
        GroupRows& rows = rows_to_change(group);
        rows.members.erase(user);
        rows.visits.at(user).pop_back();
        if (!is_new) return;
        log_of(group).members.erase(user);
        memberships_.at(user).pop_back();
    });
}

void MemoryTables::set_group_role(ConversationId group, UserId user, GroupRole role) {
    about_to_write();
    GroupRole& stored = rows_to_change(group).members.at(user).member.role;
    remember([this, group, user, old = stored] { rows_to_change(group).members.at(user).member.role = old; });
    stored = role;
}

void MemoryTables::delete_group_member(ConversationId group, UserId user, Seq left) {
    about_to_write();
    GroupRows& rows = rows_to_change(group);
    remember([this, group, old = rows.members.at(user)] {
        GroupRows& then = rows_to_change(group);
        then.members.emplace(old.member.user, old);
        then.visits.at(old.member.user).back().last = open_end;
    });
    rows.members.erase(user);
    rows.visits.at(user).back().last = Seq(left.value - 1);
}

Visible MemoryTables::visible(UserId user, ConversationId conversation) const {
    const GroupRows* rows = rows_of(conversation);
    if (!rows) return {};
    if (rows->group.history_open && rows->members.contains(user)) return {SeqSpan{Seq(1), open_end}};
    const auto found = rows->visits.find(user);
    return found == rows->visits.end() ? Visible() : found->second;
}

// Bans.

bool MemoryTables::is_banned(ConversationId group, UserId user) {
    return rows_of(group)->banned.contains(user);
}

void MemoryTables::set_banned(ConversationId group, UserId user, bool banned) {
    about_to_write();
    std::set<UserId>& stored = rows_to_change(group).banned;
    remember([this, group, old = stored] { rows_to_change(group).banned = old; });
    if (banned) {
        stored.insert(user);
    } else {
        stored.erase(user);
    }
}

std::vector<UserId> MemoryTables::banned(ConversationId conversation) const {
    const GroupRows* rows = rows_of(conversation);
    return rows ? std::vector<UserId>(rows->banned.begin(), rows->banned.end()) : std::vector<UserId>();
}

}  // namespace obrol
