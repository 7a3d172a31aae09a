// Requests about other servers.
#include <algorithm>
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

Task<std::expected<Server, Refused>> Chat::State::add_server(AddServer wanted) {
    if (!is_server_label(wanted.label))
        co_return Failure<Refused>(
            Refused{ChatError::bad_server, "the id must be 1 to 63 letters, digits, '-', '_' or '.'", false});
    if (peering.is_own_label(wanted.label))
        co_return Failure<Refused>(Refused{ChatError::own_server, wanted.label, false});
    std::string problem = address_problem(wanted.host, wanted.port, options.peers.private_addresses);
    if (!problem.empty()) co_return Failure<Refused>(Refused{ChatError::bad_server, std::move(problem), false});
    AddKnownServer add{std::move(wanted.label), std::move(wanted.host), wanted.port, options.peers.servers_max};
    const std::string label = add.label;
    auto added = co_await peering.add(std::move(add));
    if (!added) co_return Failure<Refused>(Refused{added.error(), label, false});
    co_return *std::move(added);
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, AddServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    const auto added = co_await add_server(std::move(request));
    if (!added) co_return Reply(added.error());
    co_return Acknowledged{};
}

Task<std::expected<bool, Refused>> Chat::State::connect_server(Server server) {
    Links* links = peering.links();
    if (!links) co_return Failure<Refused>(Refused{ChatError::server_unreachable, server.label, false});
    const ServerState before = server.state;
    if (before != ServerState::connected) {
        const auto set = co_await peering.set_state(server.id, ServerState::connected);
        if (!set) co_return Failure<Refused>(Refused{set.error(), server.label, false});
        server.state = ServerState::connected;
    }
    auto connected = co_await links->connect(server);
    if (connected) co_return connected;
    // Nothing is queued for a server that nobody has ever reached, or that is another one than was meant.
    const Server* now = peering.known(server.id);
    const bool is_known = now && now->key && connected.error().why != ChatError::server_differs;
    if (now && !is_known && before != ServerState::connected) {
        links->disconnect(server.id);
        const auto set = co_await peering.set_state(server.id, before);
        if (!set) co_return Failure<Refused>(Refused{set.error(), server.label, false});
    }
    co_return connected;
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ConnectServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    const auto server = resolve_server(request.label);
    if (!server) co_return Reply(server.error());
    const auto connected = co_await connect_server(*server);
    if (!connected) co_return Reply(connected.error());
    co_return ServerConnected{server->label, *connected};
}

Task<std::expected<void, Refused>> Chat::State::disconnect_server(Server server) {
    if (server.state == ServerState::known)
        co_return Failure<Refused>(Refused{ChatError::server_not_connected, server.label, false});
    const auto set = co_await peering.set_state(server.id, ServerState::disconnected);
    if (!set) co_return Failure<Refused>(Refused{set.error(), server.label, false});
    if (Links* links = peering.links()) links->disconnect(server.id);
    co_return std::expected<void, Refused>();
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, DisconnectServer request) {
    const std::optional<ChatError> why = co_await refusal_of_managing(client, token);
    if (why) co_return refused(*why);
    const auto server = resolve_server(request.label);
    if (!server) co_return Reply(server.error());
    const auto disconnected = co_await disconnect_server(*server);
    if (!disconnected) co_return Reply(disconnected.error());
    co_return Acknowledged{};
}

Task<Reply> Chat::State::run(Client& client, std::optional<Token> token, ListServers) {
    const auto user = co_await authorize_user(client, token);
    if (!user) co_return refused(user.error());
    const bool may_manage = may_manage_servers(**user);
    const Result<std::vector<LinkProgress>> progress = co_await parts.store.link_progress();
    if (!progress) co_return refused(unavailable(progress.error()));
    std::unordered_map<ServerId, std::size_t> queued;
    for (const LinkProgress& each : *progress)
        queued.emplace(each.server, each.queued);
    ServerList list;
    for (Server& server : peering.servers()) {
        if (is_forgotten(server)) continue;
        // Where servers come from by themselves is no business of everybody's.
        if (server.is_address_told && !may_manage) {
            server.host.clear();
            server.port = 0;
        }
        list.servers.push_back({std::move(server.label), std::move(server.host), server.port,
                                peering.link_state(server), queued[server.id], server.key});
    }
    std::ranges::sort(list.servers, {}, &ServerList::Item::label);
    co_return list;
}

}  // namespace obrol
