// Requests about other servers.
#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>
#include <utility>

#include "core/chat_state.h"
#include "core/server_rules.h"

namespace obrol {
bool Chat::State::may_manage_servers(const User& user) const {
    return user.role == Role::admin || options.peers.manage == PeerOptions::Manage::any;
}

Task<std::optional<ChatError>> Chat::State::refusal_of_managing(Client& client, std::optional<Token> token) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return user.error();
    co_return may_manage_servers(**user) ? std::nullopt : std::optional(ChatError::admins_only);
}

std::expected<Server, Refused> Chat::State::resolve_server(const std::string& label) const {
    if (peering.is_own_label(label)) return Failure<Refused>(Refused{ChatError::own_server, label, false});
    const Server* server = peering.known(label);
    if (!server) return Failure<Refused>(Refused{ChatError::unknown_server, label, false});
    if (server->state == ServerState::blocked)
        return Failure<Refused>(Refused{ChatError::server_blocked, server->label, false});
    return *server;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, AddServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    if (!is_server_label(request.label))
        co_return refused(ChatError::bad_server, "the id must be 1 to 63 letters, digits, '-', '_' or '.'");
    if (peering.is_own_label(request.label)) co_return refused(ChatError::own_server, request.label);
    std::string problem = address_problem(request.host, request.port, options.peers.private_addresses);
    if (!problem.empty()) co_return refused(ChatError::bad_server, std::move(problem));
    AddKnownServer add{std::move(request.label), std::move(request.host), request.port, options.peers.servers_max};
    const std::string label = add.label;
    ChangeResult result = co_await parts.commits.submit(std::move(add));
    if (!result) co_return refused(result.error(), label);
    peering.put(std::get<ServerAdded>(*std::move(result)).server);
    co_return Acknowledged{};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ConnectServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    const auto found = resolve_server(request.label);
    if (!found) co_return Reply(found.error());
    Links* links = peering.links();
    if (!links) co_return refused(ChatError::server_unreachable, found->label);
    const Server before = *found;
    Server server = before;
    if (before.state != ServerState::connected) {
        const auto set = co_await peering.set_state(server.id, ServerState::connected);
        if (!set) co_return refused(set.error(), server.label);
        server.state = ServerState::connected;
    }
    const auto connected = co_await links->connect(server);
    if (connected) co_return ServerConnected{server.label, *connected};
    // Nothing is queued for a server that nobody has ever reached, or that is another one than was meant.
    const Server* now = peering.known(server.id);
    const bool is_known = now && now->key && connected.error().why != ChatError::server_differs;
    if (now && !is_known && before.state != ServerState::connected) {
        links->disconnect(server.id);
        const auto set = co_await peering.set_state(server.id, before.state);
        if (!set) co_return refused(set.error(), server.label);
    }
    co_return Reply(connected.error());
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, DisconnectServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    const auto server = resolve_server(request.label);
    if (!server) co_return Reply(server.error());
    if (server->state == ServerState::known) co_return refused(ChatError::server_not_connected, server->label);
    const auto set = co_await peering.set_state(server->id, ServerState::disconnected);
    if (!set) co_return refused(set.error(), server->label);
    if (Links* links = peering.links()) links->disconnect(server->id);
    co_return Acknowledged{};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListServers) {
    const auto session = co_await authorize(client, token);
    if (!session) co_return refused(session.error());
    const Result<std::vector<LinkProgress>> progress = co_await parts.store.link_progress();
    if (!progress) co_return refused(unavailable(progress.error()));
    std::unordered_map<ServerId, std::size_t> queued;
    for (const LinkProgress& each : *progress)
        queued.emplace(each.server, each.queued);
    ServerList list;
    for (Server& server : peering.servers()) {
        if (server.host.empty() && !server.key) continue;  // forgotten: only its users' names are left
        list.servers.push_back({std::move(server.label), std::move(server.host), server.port,
                                peering.link_state(server), queued[server.id], server.key});
    }
    std::ranges::sort(list.servers, {}, &ServerList::Item::label);
    co_return list;
}

}  // namespace obrol
