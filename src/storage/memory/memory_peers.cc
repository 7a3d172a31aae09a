#include "storage/memory/memory_peers.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <ranges>

#include "base/check.h"
#include "model/name.h"
#include "storage/memory/memory_tables.h"

namespace obrol {

template <class Part>
void MemoryPeers::about_to_change(Part& part) {
    tables_.about_to_write();
    tables_.remember([&part, old = part]() mutable { part = std::move(old); });
}

// Servers.

std::vector<Server> MemoryPeers::all_servers() const {
    std::vector<Server> all;
    for (const auto& [id, server] : servers_)
        all.push_back(server);
    return all;
}

const Server* MemoryPeers::server(ServerId server) {
    const auto found = servers_.find(server);
    return found == servers_.end() ? nullptr : &found->second;
}

const Server* MemoryPeers::server_labelled(std::string_view label_key) {
    const auto has_label = [&](const auto& one) { return name_key(one.second.label) == label_key; };
    const auto found = std::ranges::find_if(servers_, has_label);
    return found == servers_.end() ? nullptr : &found->second;
}

const Server* MemoryPeers::server_with_key(const PublicKey& key) {
    const auto found = std::ranges::find_if(servers_, [&](const auto& one) { return one.second.key == key; });
    return found == servers_.end() ? nullptr : &found->second;
}

std::vector<ServerId> MemoryPeers::servers() {
    std::vector<ServerId> ids;
    for (const auto& [id, server] : servers_)
        ids.push_back(id);
    return ids;
}

ServerId MemoryPeers::insert_server(const Server& server) {
    about_to_change(servers_);
    // As with sessions: ids are not used again.
    const ServerId id(++last_server_);
    servers_.emplace(id, server).first->second.id = id;
    return id;
}

void MemoryPeers::update_server(const Server& server) {
    about_to_change(servers_);
    servers_.at(server.id) = server;
}

void MemoryPeers::delete_server(ServerId server) {
    about_to_change(servers_);
    about_to_change(counters_);
    servers_.erase(server);
    counters_.erase(server);
}

// Former keys.

std::vector<FormerKey> MemoryPeers::former_keys() const {
    std::vector<FormerKey> all;
    for (const auto& [key, former] : former_keys_)
        all.push_back(former);
    return all;
}

const FormerKey* MemoryPeers::former_key(const PublicKey& key) {
    const auto found = former_keys_.find(key);
    return found == former_keys_.end() ? nullptr : &found->second;
}

void MemoryPeers::put_former_key(const FormerKey& former) {
    about_to_change(former_keys_);
    former_keys_.insert_or_assign(former.key, former);
}

void MemoryPeers::delete_former_key(const PublicKey& key) {
    about_to_change(former_keys_);
    former_keys_.erase(key);
}

void MemoryPeers::move_former_keys(ServerId from, ServerId to) {
    about_to_change(former_keys_);
    for (auto& [key, former] : former_keys_)
        if (former.server == from) former.server = to;
}

// Counters.

void MemoryPeers::set_epoch(std::int64_t epoch) {
    about_to_change(epoch_);
    epoch_ = epoch;
}

LinkCounters MemoryPeers::counters(ServerId server) {
    return stored_counters(server);
}

LinkCounters MemoryPeers::stored_counters(ServerId server) const {
    const auto found = counters_.find(server);
    return found == counters_.end() ? LinkCounters() : found->second;
}

void MemoryPeers::set_counters(ServerId server, const LinkCounters& counters) {
    tables_.about_to_write();
    LinkCounters& stored = counters_[server];
    tables_.remember([this, server, old = stored] { counters_[server] = old; });
    stored = counters;
}

LinkProgress MemoryPeers::progress_of(ServerId server) const {
    LinkProgress progress;
    progress.server = server;
    const LinkCounters counters = stored_counters(server);
    progress.last = {epoch_, counters.last};
    progress.last_id = counters.last_id;
    progress.acknowledged = {epoch_, counters.acknowledged};
    progress.received = counters.received;
    progress.received_id = counters.received_id;
    const auto found = outbox_.find(server);
    if (found == outbox_.end()) return progress;
    for (auto next = found->second.upper_bound(counters.acknowledged); next != found->second.end(); ++next) {
        if (next->second.is_given_up) continue;
        if (progress.queued++ == 0) progress.oldest_queued = next->second.at;
    }
    return progress;
}

std::vector<LinkProgress> MemoryPeers::link_progress() const {
    std::vector<LinkProgress> all;
    for (const auto& [id, server] : servers_)
        all.push_back(progress_of(id));
    return all;
}

std::optional<LinkProgress> MemoryPeers::link_progress(ServerId server) const {
    return servers_.contains(server) ? std::optional(progress_of(server)) : std::nullopt;
}

// The outbox.

void MemoryPeers::insert_item(ServerId to, const OutboxRow& row) {
    tables_.about_to_write();
    const bool is_new = outbox_[to].emplace(row.number, row).second;
    OBROL_CHECK(is_new);
    numbers_[{to, row.id}] = row.number;
    tables_.remember([this, to, number = row.number, id = row.id] {
        outbox_.at(to).erase(number);
        numbers_.erase({to, id});
    });
}

std::optional<OutboxRow> MemoryPeers::item(ServerId to, const MessageId& id) {
    const auto number = numbers_.find({to, id});
    return number == numbers_.end() ? std::nullopt : std::optional(outbox_.at(to).at(number->second));
}

void MemoryPeers::set_verdict(ServerId to, std::int64_t number, ItemVerdict verdict, ChatError why, bool is_given_up) {
    tables_.about_to_write();
    OutboxRow& stored = outbox_.at(to).at(number);
    tables_.remember([this, to, number, old = stored] { outbox_.at(to).at(number) = old; });
    stored.verdict = verdict;
    stored.why = why;
    stored.is_given_up = is_given_up;
}

std::vector<std::pair<std::int64_t, WallTime>> MemoryPeers::oldest_items(ServerId to, std::size_t items_max) {
    std::vector<std::pair<std::int64_t, WallTime>> oldest;
    for (const auto& [number, row] : outbox_[to] | std::views::take(items_max))
        oldest.emplace_back(number, row.at);
    return oldest;
}

void MemoryPeers::delete_items(ServerId to, std::int64_t upto) {
    about_to_change(outbox_);
    about_to_change(numbers_);
    Outbox& items = outbox_[to];
    while (!items.empty() && items.begin()->first <= upto) {
        numbers_.erase({to, items.begin()->second.id});
        items.erase(items.begin());
    }
}

void MemoryPeers::renumber_items(ServerId to, std::int64_t offset) {
    move_items(to, to, -offset);
}

void MemoryPeers::move_items(ServerId from, ServerId to, std::int64_t offset) {
    about_to_change(outbox_);
    about_to_change(numbers_);
    for (auto& [number, row] : std::exchange(outbox_[from], {})) {
        numbers_.erase({from, row.id});
        row.number = number + offset;
        numbers_[{to, row.id}] = row.number;
        outbox_[to].emplace(row.number, std::move(row));
    }
}

OutboxItem MemoryPeers::item_of(const OutboxRow& row) const {
    OutboxItem item{row.number,   row.id, row.sender,  row.at,         row.is_given_up,
                    std::nullopt, row.to, row.payload, row.into_folder};
    if (row.entry) item.entry = tables_.entry_at(row.entry);
    return item;
}

std::vector<OutboxItem> MemoryPeers::outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                            std::size_t bytes_max) const {
    std::vector<OutboxItem> items;
    const auto found = outbox_.find(server);
    if (found == outbox_.end()) return items;
    std::size_t bytes = 0;
    for (auto next = found->second.upper_bound(after); next != found->second.end() && items.size() < items_max;
         ++next) {
        OutboxItem item = item_of(next->second);
        bytes += item.entry ? item.entry->body.size() : item.payload.size();
        if (bytes > bytes_max && !items.empty()) break;
        items.push_back(std::move(item));
    }
    return items;
}

std::vector<OutboxItem> MemoryPeers::late_items(ServerId server, WallTime before, bool is_final,
                                                std::size_t items_max) const {
    std::vector<OutboxItem> items;
    const auto found = outbox_.find(server);
    if (found == outbox_.end()) return items;
    const ItemVerdict told = is_final ? ItemVerdict::failed : ItemVerdict::late;
    const std::int64_t acknowledged = stored_counters(server).acknowledged;
    for (auto next = found->second.upper_bound(acknowledged); next != found->second.end(); ++next) {
        const OutboxRow& row = next->second;
        if (items.size() == items_max) break;
        if (row.sender && row.at < before && row.verdict < told) items.push_back(item_of(row));
    }
    return items;
}

std::optional<OutboxFate> MemoryPeers::fate(ServerId server, const MessageId& item) {
    const std::optional<OutboxRow> row = this->item(server, item);
    if (!row) return std::nullopt;
    return fate_of(*row, row->number <= stored_counters(server).acknowledged);
}

std::vector<UserId> MemoryPeers::who_know(UserId viewer, const std::vector<UserId>& users) {
    const std::vector<ConversationId> groups = tables_.groups_of(viewer);
    const auto knows = [&](UserId user) {
        if (tables_.is_blocked(user, viewer)) return false;
        if (tables_.is_contact(user, viewer)) return true;
        if (tables_.has_direct_conversation(user, viewer) && !request(user, viewer)) return true;
        const std::vector<ConversationId> own = tables_.groups_of(user);
        return std::ranges::any_of(own,
                                   [&](ConversationId id) { return std::ranges::find(groups, id) != groups.end(); });
    };
    std::vector<UserId> found;
    std::ranges::copy_if(users, std::back_inserter(found), knows);
    return found;
}

std::optional<std::int64_t> MemoryPeers::oldest_item(ServerId server) const {
    const auto found = outbox_.find(server);
    return found == outbox_.end() || found->second.empty() ? std::nullopt : std::optional(found->second.begin()->first);
}

// What was received.

bool MemoryPeers::note_received(ServerId from, const MessageId& item) {
    tables_.about_to_write();
    if (!received_.emplace(from, item).second) return false;
    tables_.remember([this, from, item] { received_.erase({from, item}); });
    return true;
}

void MemoryPeers::forget_received(WallTime before, std::size_t items_max) {
    about_to_change(received_);
    const MessageId end = first_id_at(before);
    std::size_t forgotten = 0;
    std::erase_if(received_, [&](const auto& one) { return one.second < end && ++forgotten <= items_max; });
}

// Strangers.

std::optional<RequestRow> MemoryPeers::request(UserId user, UserId stranger) {
    const auto found = requests_.find({user, stranger});
    return found == requests_.end() ? std::nullopt : std::optional(found->second);
}

void MemoryPeers::put_request(UserId user, UserId stranger, const RequestRow& request) {
    about_to_change(requests_);
    requests_[{user, stranger}] = request;
}

bool MemoryPeers::delete_request(UserId user, UserId stranger) {
    if (!requests_.contains({user, stranger})) return false;
    about_to_change(requests_);
    requests_.erase({user, stranger});
    return true;
}

void MemoryPeers::delete_requests_of(UserId user) {
    about_to_change(requests_);
    std::erase_if(requests_, [user](const auto& one) { return one.first.first == user; });
}

bool MemoryPeers::has_request(UserId user, ConversationId conversation) const {
    return std::ranges::any_of(
        requests_, [&](const auto& one) { return one.first.first == user && one.second.conversation == conversation; });
}

std::vector<StrangerRequest> MemoryPeers::requests(UserId user) const {
    std::vector<StrangerRequest> found;
    for (const auto& [pair, row] : requests_) {
        if (pair.first != user || tables_.is_blocked(user, pair.second)) continue;
        found.push_back({pair.second, row.conversation, tables_.entry_at(row.first), row.messages});
    }
    std::ranges::sort(found, {}, [](const StrangerRequest& one) { return one.first.header.position; });
    return found;
}

// Groups.

bool MemoryPeers::is_closed(ConversationId group) {
    if (recovering_.contains(group)) return true;
    const std::optional<Group> found = tables_.group(group);
    return found && found->home;
}

void MemoryPeers::set_recovering(ConversationId group, bool recovering) {
    about_to_change(recovering_);
    if (recovering) {
        recovering_.insert(group);
    } else {
        recovering_.erase(group);
    }
}

std::vector<ConversationId> MemoryPeers::recovering_groups() {
    return {recovering_.begin(), recovering_.end()};
}

std::vector<ConversationId> MemoryPeers::shared_groups() {
    std::vector<ConversationId> shared;
    for (const ConversationId id : tables_.groups_at(ServerId()))
        if (!tables_.servers_of(id).empty()) shared.push_back(id);
    return shared;
}

std::size_t MemoryPeers::replica_count(ServerId home) {
    return tables_.groups_at(home).size();
}

void MemoryPeers::adopt_group(const Group& group) {
    tables_.rename_group(group.conversation, group.home, group.card);
}

void MemoryPeers::put_group_origin(ConversationId group, const GroupOrigin& origin) {
    about_to_change(origins_);
    std::vector<GroupOrigin>& origins = origins_[group];
    std::erase_if(origins, [&](const GroupOrigin& one) { return one.name == origin.name; });
    origins.push_back(origin);
    std::ranges::sort(origins, {}, &GroupOrigin::upto);
}

std::vector<std::pair<ConversationId, GroupOrigin>> MemoryPeers::group_origins() const {
    std::vector<std::pair<ConversationId, GroupOrigin>> all;
    for (const auto& [group, origins] : origins_)
        for (const GroupOrigin& origin : origins)
            all.emplace_back(group, origin);
    return all;
}

std::vector<GroupOrigin> MemoryPeers::signed_names(ConversationId group) {
    std::vector<GroupOrigin> names;
    for (const auto& [place, kept] : signatures_) {
        if (place.first != group || kept.signed_for.home == PublicKey{}) continue;
        std::erase_if(names, [&](const GroupOrigin& one) { return one.name == kept.signed_for; });
        names.push_back({kept.signed_for, place.second});
    }
    return names;
}

void MemoryPeers::insert_signature(ConversationId group, Seq seq, const EntrySignature& signature) {
    tables_.about_to_write();
    signatures_.emplace(std::pair(group, seq), signature);
    tables_.remember([this, group, seq] { signatures_.erase({group, seq}); });
}

std::vector<std::pair<Seq, EntrySignature>> MemoryPeers::signatures(const EntryRange& range) const {
    std::vector<std::pair<Seq, EntrySignature>> found;
    PageBudget budget{std::numeric_limits<std::size_t>::max()};
    for (const LogEntry& entry : tables_.page(range, budget).entries) {
        const auto kept = signatures_.find({range.conversation, entry.header.seq});
        if (kept != signatures_.end()) found.emplace_back(entry.header.seq, kept->second);
    }
    return found;
}

std::optional<UserId> MemoryPeers::invited_by(ConversationId group, UserId user) {
    const auto found = invitations_.find({group, user});
    return found == invitations_.end() ? std::nullopt : std::optional(found->second.by);
}

void MemoryPeers::put_group_invitation(ConversationId group, UserId user, UserId by, const MessageId& item) {
    about_to_change(invitations_);
    invitations_[{group, user}] = {by, item};
}

void MemoryPeers::delete_group_invitation(ConversationId group, UserId user) {
    about_to_change(invitations_);
    invitations_.erase({group, user});
}

void MemoryPeers::delete_group_invitation(const MessageId& item) {
    about_to_change(invitations_);
    std::erase_if(invitations_, [&](const auto& one) { return one.second.item == item; });
}

}  // namespace obrol
