#include "storage/peer_rules.h"

#include <algorithm>
#include <utility>

#include "base/hexadecimal.h"
#include "model/bounce.h"
#include "model/name.h"
#include "model/peer_item.h"
#include "storage/rule_support.h"

namespace obrol {
namespace {

// Ids of received items are kept for so long beyond what may be asked for again.
constexpr std::chrono::days received_kept{30};
// Digits of a key that tell two servers of one label apart, and by how many they grow where that is not enough.
constexpr std::size_t key_digits = 4;

}  // namespace

// Servers.

ChangeResult PeerRules::operator()(const AddKnownServer& change) {
    const Server* known = peers_.server_labelled(name_key(change.label));
    if (known && known->named_by) known = nullptr;  // it makes room
    // One that was forgotten may be added again, and one that has dialled this server gets an address.
    if (known && was_added(*known)) return refuse(ChatError::server_taken);
    const auto is_one_of_them = [this](ServerId id) { return was_added(*peers_.server(id)); };
    if (change.servers_max > 0 &&
        static_cast<std::size_t>(std::ranges::count_if(peers_.servers(), is_one_of_them)) >= change.servers_max) {
        return refuse(ChatError::too_many_servers);
    }
    Server server = known ? *known : Server{};
    if (!known) server.label = change.label;
    server.host = change.host;
    server.port = change.port;
    server.is_address_told = false;
    if (known) {
        peers_.update_server(server);
    } else {
        free_from_named(change.label);
        server.id = peers_.insert_server(server);
    }
    return ServerAdded{std::move(server)};
}

std::string PeerRules::free_label(const std::string& label, const PublicKey& key) {
    std::string free = label;
    const std::string digits = to_hexadecimal(key);
    for (std::size_t taken = key_digits; peers_.server_labelled(name_key(free)); taken += key_digits)
        free = label + '~' + digits.substr(0, taken);
    return free;
}

// One that nobody but another server has named gives the label up for whoever is added, or met.
void PeerRules::free_from_named(const std::string& label) {
    const Server* holder = peers_.server_labelled(name_key(label));
    if (!holder || !holder->named_by) return;
    Server named = *holder;
    named.label = free_label(named.label, named.key.value_or(PublicKey{}));
    peers_.update_server(named);
    tables_.move_people(named.id, named.id, named.label);
}

// What one server says must not take up the room of others.
std::optional<ChatError> PeerRules::refusal_of_naming(const MeetServer& change) {
    if (!change.named_by || change.named_max == 0) return std::nullopt;
    const auto is_named = [&](ServerId id) { return peers_.server(id)->named_by == change.named_by; };
    const auto named = static_cast<std::size_t>(std::ranges::count_if(peers_.servers(), is_named));
    return named >= change.named_max ? std::optional(ChatError::too_many_servers) : std::nullopt;
}

ChangeResult PeerRules::operator()(const MeetServer& change) {
    if (peers_.is_own_key(change.key)) return refuse(ChatError::own_server);
    if (change.expected) {
        const Server* expected = peers_.server(change.expected);
        if (!expected) return refuse(ChatError::not_found);
        return meet_expected(change, *expected);
    }
    if (const Server* known = peers_.server_with_key(change.key))
        return ServerAdded{known->named_by && !change.named_by ? come_true(change, *known) : *known};
    const FormerKey* former = peers_.former_key(change.key);
    if (former && former->statement) return refuse(ChatError::server_differs);
    if (const Refusal why = refusal_of_naming(change)) return refuse(*why);
    if (former && !peers_.server(former->server)->key)
        return ServerAdded{come_back(change, *peers_.server(former->server))};
    // Its place was given to another key meanwhile.
    if (former) peers_.delete_former_key(change.key);
    if (!change.named_by) free_from_named(change.label);
    Server server;
    server.label = free_label(change.label, change.key);
    server.key = change.key;
    server.met_at = change.at;
    server.named_by = change.named_by;
    server.id = peers_.insert_server(server);
    return ServerAdded{std::move(server)};
}

ChangeResult PeerRules::meet_expected(const MeetServer& change, const Server& expected) {
    if (expected.key && *expected.key != change.key) return refuse(ChatError::server_differs);
    if (expected.key) return ServerAdded{expected.named_by ? come_true(change, expected) : expected};
    if (const Server* known = peers_.server_with_key(change.key)) return ServerAdded{merge(expected, *known)};
    const FormerKey* former = peers_.former_key(change.key);
    if (former && former->statement) return refuse(ChatError::server_differs);
    if (former && !peers_.server(former->server)->key) {
        const Server back = come_back(change, *peers_.server(former->server));
        return ServerAdded{back.id == expected.id ? back : merge(expected, back)};
    }
    if (former) peers_.delete_former_key(change.key);
    Server server = expected;
    server.key = change.key;
    server.met_at = change.at;
    peers_.update_server(server);
    // Who was forgotten under another key, and has another one now, begins anew; what waits for it still does.
    LinkCounters counters = peers_.counters(server.id);
    counters.received = {};
    counters.received_id = {};
    peers_.set_counters(server.id, counters);
    return ServerAdded{std::move(server)};
}

// It was only named by another one, and knows better what it is called.
Server PeerRules::come_true(const MeetServer& change, Server named) {
    named.named_by = {};
    named.met_at = change.at;
    peers_.update_server(named);
    free_from_named(change.label);
    const Server* holder = peers_.server_labelled(name_key(change.label));
    if (holder && holder->id != named.id) return named;
    named.label = change.label;
    peers_.update_server(named);
    tables_.move_people(named.id, named.id, named.label);
    return named;
}

// The two are as far with each other as they were.
Server PeerRules::come_back(const MeetServer& change, Server forgotten) {
    forgotten.key = change.key;
    forgotten.met_at = change.at;
    if (!change.named_by) forgotten.named_by = {};
    peers_.delete_former_key(change.key);
    peers_.update_server(forgotten);
    return forgotten;
}

// What was queued for the one waits behind what is queued for the other.
void PeerRules::take_queue(ServerId from, ServerId to) {
    const LinkCounters of_from = peers_.counters(from);
    if (of_from.last == 0) return;
    LinkCounters counters = peers_.counters(to);
    peers_.move_items(from, to, counters.last);
    counters.last += of_from.last;
    counters.last_id = of_from.last_id;
    peers_.set_counters(to, counters);
    peers_.set_counters(from, LinkCounters{});
}

// It was another one all the time. Whom it has named is named by that one.
void PeerRules::move_named(ServerId from, ServerId to) {
    for (const ServerId id : peers_.servers()) {
        Server server = *peers_.server(id);
        if (server.named_by != from) continue;
        server.named_by = id == to ? ServerId() : to;
        peers_.update_server(server);
    }
}

// A server had dialled this one before it was dialled by an address that was added here: what was kept for the two is
// kept for the one that was met, which takes the label and the address over.
Server PeerRules::merge(Server dialled, Server met) {
    take_queue(dialled.id, met.id);
    peers_.move_former_keys(dialled.id, met.id);
    move_named(dialled.id, met.id);
    met.named_by = {};
    const std::string label = dialled.label;
    std::string other_label = std::exchange(met.label, label);
    met.host = std::exchange(dialled.host, {});
    met.port = std::exchange(dialled.port, std::uint16_t{0});
    met.is_address_told = std::exchange(dialled.is_address_told, false);
    met.state = std::exchange(dialled.state, ServerState::known);
    // The two swap their labels; for a moment the one has a label that nobody can have.
    dialled.label = "~";
    tables_.move_people(dialled.id, dialled.id, dialled.label);
    const bool is_empty = tables_.move_people(dialled.id, met.id, label);
    if (is_empty) {
        peers_.delete_server(dialled.id);
        peers_.update_server(met);
        return met;
    }
    peers_.update_server(dialled);
    peers_.update_server(met);
    dialled.label = std::move(other_label);
    peers_.update_server(dialled);
    tables_.move_people(dialled.id, dialled.id, dialled.label);
    return met;
}

ChangeResult PeerRules::operator()(const SetServerState& change) {
    const Server* known = peers_.server(change.server);
    if (!known) return refuse(ChatError::not_found);
    Server server = *known;
    server.state = change.state;
    if (change.state != ServerState::known) server.named_by = {};
    peers_.update_server(server);
    return Done{};
}

ChangeResult PeerRules::operator()(const SetServerAddress& change) {
    const Server* known = peers_.server(change.server);
    if (!known) return refuse(ChatError::not_found);
    // Whoever was forgotten meanwhile stays that.
    if (change.is_told && !known->key) return refuse(ChatError::not_found);
    if (change.is_told && was_added(*known)) return refuse(ChatError::server_taken);
    std::vector<Server> moved;
    for (const ServerId id : peers_.servers()) {
        const Server& other = *peers_.server(id);
        if (id == change.server || change.host.empty()) continue;
        if (other.host != change.host || other.port != change.port) continue;
        if (was_added(other)) return refuse(ChatError::server_taken);
        moved.push_back(other);
    }
    // They told that they were there, and are elsewhere by now.
    for (Server& other : moved) {
        other.host.clear();
        other.port = 0;
        other.is_address_told = false;
        peers_.update_server(other);
    }
    Server server = *known;
    server.host = change.host;
    server.port = change.port;
    server.is_address_told = change.is_told;
    if (!change.is_told) server.named_by = {};
    peers_.update_server(server);
    return Done{};
}

ChangeResult PeerRules::operator()(const RotateServerKey& change) {
    const KeyStatement& statement = *change.statement;
    const Server* known = peers_.server(change.server);
    if (!known) return refuse(ChatError::not_found);
    if (peers_.is_own_key(statement.new_key)) return refuse(ChatError::server_taken);
    Server server = *known;
    const bool is_news = server.key == statement.old_key;
    const FormerKey* later = peers_.former_key(statement.new_key);
    const bool is_history = server.key == statement.new_key || (later && later->server == server.id);
    if (!is_news && !is_history) return refuse(ChatError::server_differs);
    // Somebody has named users of it by a key of which nothing was known here.
    const PublicKey& other_key = is_news ? statement.new_key : statement.old_key;
    if (const Server* other = peers_.server_with_key(other_key)) absorb(*other, server);
    if (is_news) server.key = statement.new_key;
    peers_.update_server(server);
    peers_.put_former_key({server.id, statement.old_key, statement});
    return Done{};
}

// Users of the same name stay two, those of `other` under its label.
void PeerRules::absorb(const Server& other, Server& server) {
    Server rest = other;
    take_queue(rest.id, server.id);
    peers_.move_former_keys(rest.id, server.id);
    move_named(rest.id, server.id);
    if (!rest.named_by || server.named_by == rest.id) server.named_by = {};
    if (server.host.empty() || (server.is_address_told && was_added(rest))) {
        server.host = rest.host;
        server.port = rest.port;
        server.is_address_told = rest.is_address_told;
    }
    const bool is_empty = tables_.move_people(rest.id, server.id, server.label);
    if (is_empty) return peers_.delete_server(rest.id);
    if (rest.named_by == server.id) rest.named_by = {};
    rest.key.reset();
    rest.host.clear();
    rest.port = 0;
    rest.is_address_told = false;
    rest.state = ServerState::known;
    peers_.update_server(rest);
}

ChangeResult PeerRules::operator()(const ForgetServer& change) {
    const Server* known = peers_.server(change.server);
    if (!known) return refuse(ChatError::not_found);
    if (known->key) peers_.put_former_key({known->id, *known->key, std::nullopt});
    Server server;
    server.id = change.server;
    server.label = known->label;
    server.named_by = known->named_by;
    peers_.update_server(server);
    return Done{};
}

ChangeResult PeerRules::operator()(const MeetUser& change) {
    const Server* server = peers_.server(change.server);
    if (!server) return refuse(ChatError::not_found);
    const auto is_full = [&] {
        return change.users_max > 0 && tables_.named_user_count(change.by, change.server) >= change.users_max;
    };
    const std::string key = name_key(change.name);
    const std::string name = change.name + '@' + server->label;
    if (const std::optional<UserId> known = tables_.user_named(change.server, key)) {
        const bool is_own_word = change.by == change.server;
        // Others are believed only as long as nobody who has more to do with him has said anything.
        const ServerId before = tables_.account(*known).value().named_by;
        if (!is_own_word && before && before != change.by) return UserCreated{*known};
        if (is_own_word && before != change.server) {
            if (is_full()) return refuse(ChatError::too_many_accounts);
            tables_.set_named_by(*known, change.by);
        }
        if (is_own_word && tables_.user_name(*known) != name) tables_.set_user_name(*known, name);
        if (!change.display_name.empty()) tables_.set_display_name(*known, change.display_name);
        if (!change.country.empty()) tables_.set_country(*known, change.country);
        return UserCreated{*known};
    }
    if (is_full()) return refuse(ChatError::too_many_accounts);
    User user;
    user.server = change.server;
    user.card = {name, change.display_name.empty() ? change.name : change.display_name, change.country};
    user.created_at = change.at;
    user.named_by = change.by;
    return UserCreated{tables_.insert_user(user, key)};
}

// The outbox.

std::optional<ChatError> PeerRules::refusal_of_queueing(ServerId to, std::size_t items, std::size_t queue_max) {
    const Server* server = peers_.server(to);
    if (!server) return ChatError::unknown_server;
    if (server->state != ServerState::connected) return ChatError::server_not_connected;
    return has_room(to, items, queue_max) ? std::nullopt : std::optional(ChatError::queue_full);
}

bool PeerRules::has_room(ServerId to, std::size_t items, std::size_t queue_max) {
    if (queue_max == 0) return true;
    const LinkCounters counters = peers_.counters(to);
    return static_cast<std::size_t>(counters.last - counters.acknowledged) + items <= queue_max;
}

void PeerRules::queue(ServerId to, OutboxRow row) {
    LinkCounters counters = peers_.counters(to);
    row.number = ++counters.last;
    counters.last_id = row.id;
    peers_.insert_item(to, row);
    peers_.set_counters(to, counters);
}

ChangeResult PeerRules::operator()(const AcknowledgeOutbox& change) {
    if (!peers_.server(change.server)) return refuse(ChatError::not_found);
    LinkCounters counters = peers_.counters(change.server);
    const std::int64_t upto = std::min(change.upto.number, counters.last);
    if (change.upto.epoch != peers_.epoch() || upto <= counters.acknowledged) return Done{};
    counters.acknowledged = upto;
    peers_.set_counters(change.server, counters);
    return Done{};
}

// The group that a queued item is about, as its sender calls it.
std::string PeerRules::group_of(const OutboxRow& row, ServerId server) {
    const std::optional<PeerItem> item = parse_peer_item(row.payload);
    if (!item) return {};
    std::string id;
    if (const auto* post = std::get_if<GroupPost>(&*item)) id = post->group;
    if (const auto* request = std::get_if<GroupRequest>(&*item)) id = request->group;
    return id.empty() ? id : '#' + id + '@' + peers_.server(server)->label;
}

ChangeResult PeerRules::operator()(const BounceItem& change) {
    if (!peers_.server(change.server)) return refuse(ChatError::not_found);
    const std::optional<OutboxRow> row = peers_.item(change.server, change.item);
    if (!row || !row->sender) return refuse(ChatError::not_found);
    const ItemVerdict verdict = change.is_final ? ItemVerdict::failed : ItemVerdict::late;
    const bool is_acknowledged = row->number <= peers_.counters(change.server).acknowledged;
    if (row->verdict >= verdict || (!change.is_final && is_acknowledged)) return refuse(ChatError::not_found);
    peers_.set_verdict(change.server, row->number, verdict, change.why, change.is_final);
    if (change.is_final) peers_.delete_group_invitation(change.item);

    BounceNote note{change.item, change.is_final, change.why};
    if (!row->entry) note.group = group_of(*row, change.server);
    EntryHeader header;
    header.conversation = tables_.direct_conversation(row->sender, row->entry ? row->to : row->sender);
    header.id = change.id;
    header.sender = row->sender;
    header.at = change.at;
    header.kind = EntryKind::bounce;
    std::string body = encode(note);
    header = append_entry(tables_, header, body, ServerId());
    return Bounced{LogEntry{header, std::move(body), false}, row->sender, row->to, row->payload};
}

ChangeResult PeerRules::operator()(const PruneOutbox& change) {
    Pruned pruned;
    for (const ServerId server : peers_.servers()) {
        const std::int64_t acknowledged = peers_.counters(server).acknowledged;
        std::int64_t upto = 0;
        std::size_t items = 0;
        for (const auto& [number, at] : peers_.oldest_items(server, change.items_max - pruned.items)) {
            if (number > acknowledged || at >= change.before) break;
            upto = number;
            ++items;
        }
        if (items > 0) peers_.delete_items(server, upto);
        pruned.items += items;
    }
    peers_.forget_received(change.before - received_kept, change.items_max);
    return pruned;
}

ChangeResult PeerRules::operator()(const BeginEpoch&) {
    peers_.set_epoch(peers_.epoch() + 1);
    for (const ServerId server : peers_.servers()) {
        LinkCounters counters = peers_.counters(server);
        const auto oldest = peers_.oldest_items(server, 1);
        const std::int64_t gone = oldest.empty() ? counters.last : oldest.front().first - 1;
        if (gone > 0 && !oldest.empty()) peers_.renumber_items(server, gone);
        counters.last -= gone;
        counters.acknowledged -= std::min(gone, counters.acknowledged);
        if (counters.last == 0) counters.last_id = {};
        peers_.set_counters(server, counters);
    }
    for (const ConversationId group : peers_.shared_groups())
        peers_.set_recovering(group, true);
    return Done{};
}

// What comes from other servers.

PeerRules::Order PeerRules::order_of(ServerId from, const OutboxPlace& place, std::int64_t first) {
    const OutboxPlace received = peers_.counters(from).received;
    if (place <= received) return Order::behind;
    const std::int64_t next = place.epoch == received.epoch ? received.number + 1 : first;
    return place.number == next ? Order::next : Order::gap;
}

void PeerRules::move_on(const Receive& item) {
    LinkCounters counters = peers_.counters(item.from);
    counters.received = item.place;
    counters.received_id = item.item;
    peers_.set_counters(item.from, counters);
}

// Strangers.

PeerRules::Strangeness PeerRules::strangeness_of(UserId sender, UserId to, std::size_t messages_max) {
    const std::optional<RequestRow> request = peers_.request(to, sender);
    // Who wrote before and waits for nothing was accepted.
    if (!request && (tables_.has_direct_conversation(sender, to) || tables_.is_contact(to, sender))) return {};
    const std::size_t messages = request ? request->messages : 0;
    return {true, messages >= messages_max ? Refusal(ChatError::request_pending) : std::nullopt};
}

void PeerRules::note_request(const EntryHeader& entry, UserId to) {
    RequestRow row = peers_.request(to, entry.sender).value_or(RequestRow{entry.conversation, entry.position, 0});
    ++row.messages;
    peers_.put_request(to, entry.sender, row);
}

ChangeResult PeerRules::operator()(const AcceptStranger& change) {
    return done_if(peers_.delete_request(change.user, change.stranger));
}

}  // namespace obrol
