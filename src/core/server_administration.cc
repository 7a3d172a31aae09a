// What the operator may ask of other servers and of what waits for them.
#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "core/administration.h"
#include "core/chat_state.h"
#include "core/server_rules.h"
#include "model/name.h"
#include "model/peer_item.h"

namespace obrol {
namespace {

// What is read of a queue at once.
constexpr std::size_t queue_page_bytes_max = 1024 * 1024;

Failure<Refused> refuse(ChatError why, std::string subject) {
    return Failure<Refused>(Refused{why, std::move(subject), false});
}

std::vector<std::string> ids_of(const std::vector<SharedGroup>& groups) {
    std::vector<std::string> ids;
    for (const SharedGroup& group : groups)
        ids.push_back(group.group.card.id);
    std::ranges::sort(ids);
    return ids;
}

}  // namespace

bool Administration::ServerTrial::is_good() const {
    return trial.failed_at == LinkTrial::Step::done && identity != Identity::another_key &&
           identity != Identity::another_server;
}

std::expected<Server, Refused> Administration::find_server(const std::string& label) const {
    const Server* server = state_.peering.known(label);
    if (!server || is_forgotten(*server)) return refuse(ChatError::unknown_server, label);
    return *server;
}

Administration::Identity Administration::identity() const {
    return {state_.options.server_label, state_.parts.key.public_key()};
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::summary_of(Server server) {
    // As it is now: a request may have changed it.
    if (const Server* now = state_.peering.known(server.id)) server = *now;
    const Result<LinkProgress> progress = co_await state_.peering.progress(server.id);
    if (!progress) co_return Failure<Refused>(unavailable(progress.error()));
    co_return summary(std::move(server), *progress);
}

Administration::ServerSummary Administration::summary(Server server, const LinkProgress& progress) const {
    ServerSummary summary;
    summary.link = state_.peering.link_state(server);
    summary.queued = progress.queued;
    summary.oldest_queued = progress.oldest_queued;
    if (const Server* namer = state_.peering.known(server.named_by)) summary.named_by = namer->label;
    summary.server = std::move(server);
    return summary;
}

Task<Administration::Answer<std::vector<Administration::ServerSummary>>> Administration::list_servers() {
    const Result<std::vector<LinkProgress>> progress = co_await state_.parts.store.link_progress();
    if (!progress) co_return Failure<Refused>(unavailable(progress.error()));
    std::vector<ServerSummary> list;
    for (Server& server : state_.peering.servers()) {
        if (is_forgotten(server)) continue;
        const auto own = std::ranges::find(*progress, server.id, &LinkProgress::server);
        list.push_back(summary(std::move(server), own == progress->end() ? LinkProgress() : *own));
    }
    std::ranges::sort(list, {}, [](const ServerSummary& each) { return name_key(each.server.label); });
    co_return list;
}

Task<Administration::Answer<Administration::ServerDetails>> Administration::show_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    Result<LinkProgress> progress = co_await state_.peering.progress(server->id);
    if (!progress) co_return Failure<Refused>(unavailable(progress.error()));
    const auto here = co_await state_.parts.store.shared_groups(server->id, false);
    if (!here) co_return Failure<Refused>(unavailable(here.error()));
    const auto there = co_await state_.parts.store.shared_groups(server->id, true);
    if (!there) co_return Failure<Refused>(unavailable(there.error()));
    ServerDetails details;
    details.summary = summary(*server, *progress);
    details.progress = std::move(*progress);
    if (const Links* links = state_.peering.links()) details.trouble = links->trouble(server->id);
    details.groups_here = ids_of(*here);
    details.groups_there = ids_of(*there);
    co_return details;
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::add_server(std::string label,
                                                                                       std::string host,
                                                                                       std::uint16_t port) {
    AddServer wanted{std::move(label), std::move(host), port};
    const auto added = co_await state_.add_server(std::move(wanted));
    if (!added) co_return Failure<Refused>(added.error());
    co_return co_await summary_of(*added);
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::set_server_address(std::string label,
                                                                                               std::string host,
                                                                                               std::uint16_t port) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    std::string problem = address_problem(host, port, state_.options.peers.private_addresses);
    if (!problem.empty()) co_return refuse(ChatError::bad_server, std::move(problem));
    SetServerAddress set{server->id, std::move(host), port};
    const auto done = co_await state_.peering.set_address(std::move(set));
    if (!done) co_return refuse(done.error(), server->label);
    co_return co_await summary_of(*server);
}

Task<Administration::Answer<bool>> Administration::connect_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    if (server->state == ServerState::blocked) co_return refuse(ChatError::server_blocked, server->label);
    co_return co_await state_.connect_server(*server);
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::disconnect_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    if (server->state == ServerState::blocked) co_return refuse(ChatError::server_blocked, server->label);
    const auto disconnected = co_await state_.disconnect_server(*server);
    if (!disconnected) co_return Failure<Refused>(disconnected.error());
    co_return co_await summary_of(*server);
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::change_server_state(Server server,
                                                                                                ServerState state) {
    const auto set = co_await state_.peering.set_state(server.id, state);
    if (!set) co_return refuse(set.error(), server.label);
    co_return co_await summary_of(std::move(server));
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::block_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    auto blocked = co_await change_server_state(*server, ServerState::blocked);
    if (Links* links = state_.peering.links(); blocked && links) links->disconnect(server->id);
    co_return blocked;
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::unblock_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    if (server->state != ServerState::blocked) co_return co_await summary_of(*server);
    co_return co_await change_server_state(*server, ServerState::known);
}

Task<Administration::Answer<std::size_t>> Administration::remove_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    // Nothing is queued any more from here on. Nothing is for who was only named; and he goes on to yield his label.
    if (!server->named_by) {
        const auto set = co_await state_.peering.set_state(server->id, ServerState::blocked);
        if (!set) co_return refuse(set.error(), server->label);
    }
    if (Links* links = state_.peering.links()) links->disconnect(server->id);
    const auto given_up = co_await state_.peering.give_up_queue(server->id, ChatError::unknown_server);
    if (!given_up) co_return refuse(given_up.error(), server->label);
    const auto forgotten = co_await state_.peering.forget(server->id);
    if (!forgotten) co_return refuse(forgotten.error(), server->label);
    co_return *given_up;
}

// The trial.

Task<Administration::Answer<Administration::ServerTrial>> Administration::test_server(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    if (server->host.empty())
        co_return refuse(ChatError::bad_server,
                         fmt::format("no address of {} is known: it dials this server", server->label));
    std::optional<Server> meant = *server;
    co_return co_await try_at(std::move(meant), server->host, server->port);
}

Task<Administration::Answer<Administration::ServerTrial>> Administration::test_address(std::string host,
                                                                                       std::uint16_t port) {
    std::string problem = address_problem(host, port, state_.options.peers.private_addresses);
    if (!problem.empty()) co_return refuse(ChatError::bad_server, std::move(problem));
    co_return co_await try_at(std::nullopt, std::move(host), port);
}

// `meant`: none where an address alone was given; then whoever is known by that label.
Task<Administration::ServerTrial> Administration::try_at(std::optional<Server> meant, std::string host,
                                                         std::uint16_t port) {
    using enum ServerTrial::Identity;
    ServerTrial result;
    result.host = host;
    result.port = port;
    Links* links = state_.peering.links();
    if (!links) {
        result.trial.words = "links to other servers are switched off";
        co_return result;
    }
    result.trial = co_await links->try_link(std::move(host), port);
    if (meant) result.label = meant->label;
    if (!result.trial.met) co_return result;
    const LinkTrial::Met& met = *result.trial.met;
    const std::optional<Server> holder = state_.peering.server_with_key(met.key);
    if (!meant && (!holder || holder->named_by)) {
        const Server* namesake = state_.peering.known(met.label);
        if (namesake && !is_forgotten(*namesake) && !namesake->named_by) meant = *namesake;
    }
    if (meant && meant->key && meant->key != met.key) {
        result.identity = another_key;
        result.label = meant->label;
        result.pinned = meant->key;
    } else if (meant && !meant->key && name_key(meant->label) != name_key(met.label)) {
        result.identity = another_server;
    } else if (holder && !holder->named_by) {
        result.identity = pinned;
        result.label = holder->label;
    } else {
        result.identity = first_contact;
        result.label = met.label;
    }
    co_return result;
}

// What waits for them.

Task<Administration::Answer<Administration::QueuedItem>> Administration::describe(Server server, OutboxItem item) {
    using enum QueuedItem::Kind;
    QueuedItem out;
    out.number = item.number;
    out.id = item.id;
    out.at = item.at;
    if (item.sender) {
        const auto from = co_await state_.user_of(item.sender);
        if (!from) co_return refuse(from.error(), {});
        out.from = (*from)->card.name;
    }
    if (item.entry) {
        const auto to = co_await state_.user_of(item.to);
        if (!to) co_return refuse(to.error(), {});
        out.to = (*to)->card.name;
        const EntryKind kind = item.entry->header.kind;
        out.kind = kind == EntryKind::message ? message : kind == EntryKind::file ? file : other;
        co_return out;
    }
    const std::optional<PeerItem> what = parse_peer_item(item.payload);
    out.kind = other;
    if (!what) co_return out;
    if (const auto* post = std::get_if<GroupPost>(&*what)) {
        out.kind = group_post;
        out.to = '#' + post->group;
    } else if (const auto* request = std::get_if<GroupRequest>(&*what)) {
        out.kind = group_request;
        if (!request->group.empty()) out.to = '#' + request->group;
    } else if (const auto* invitation = std::get_if<GroupInvitation>(&*what)) {
        out.kind = group_invitation;
        out.to = invitation->to + '@' + server.label;
    } else if (std::holds_alternative<ItemRefused>(*what)) {
        out.kind = refusal;
    }
    co_return out;
}

Task<Administration::Answer<Administration::Queue>> Administration::list_queue(std::string label, std::int64_t after,
                                                                               std::size_t items_max) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    const Result<LinkProgress> progress = co_await state_.peering.progress(server->id);
    if (!progress) co_return Failure<Refused>(unavailable(progress.error()));
    Queue queue;
    queue.summary = {*server, state_.peering.link_state(*server), progress->queued, progress->oldest_queued};
    after = std::max(after, progress->acknowledged.number);
    Result<std::vector<OutboxItem>> items =
        co_await state_.parts.store.outbox(server->id, after, items_max, queue_page_bytes_max);
    if (!items) co_return Failure<Refused>(unavailable(items.error()));
    if (!items->empty() && items->back().number < progress->last.number) queue.next = items->back().number;
    for (OutboxItem& item : *items) {
        if (item.is_given_up) continue;
        auto described = co_await describe(*server, std::move(item));
        if (!described) co_return Failure<Refused>(described.error());
        queue.items.push_back(std::move(*described));
    }
    co_return queue;
}

Task<Administration::Answer<Administration::ServerSummary>> Administration::flush_queue(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    if (std::optional<Refused> refused = state_.peering.refusal_to_reach(server->id))
        co_return Failure<Refused>(std::move(*refused));
    const auto connected = co_await state_.connect_server(*server);
    if (!connected) co_return Failure<Refused>(connected.error());
    if (Links* links = state_.peering.links()) links->wake(server->id);
    co_return co_await summary_of(*server);
}

Task<Administration::Answer<std::size_t>> Administration::drop_queue(std::string label) {
    const auto server = find_server(label);
    if (!server) co_return Failure<Refused>(server.error());
    const bool is_blocked = server->state == ServerState::blocked;
    const auto dropped = co_await state_.peering.give_up_queue(
        server->id, is_blocked ? ChatError::server_blocked : ChatError::server_unreachable);
    if (!dropped) co_return refuse(dropped.error(), server->label);
    co_return *dropped;
}

}  // namespace obrol
