#include "federation/federation.h"

#include <utility>

#include "base/check.h"

namespace obrol {

Federation::Federation(Parts parts, FederationOptions options, std::string label, std::vector<PeerRotation> rotations)
    : parts_(parts),
      options_(std::move(options)),
      own_{parts.key,
           {peer_version, parts.key.public_key(), std::move(label), options_.advertise.endpoint.host,
            options_.advertise.endpoint.port},
           std::move(rotations),
           0},
      groups_(parts.executor),
      epoch_begun_(parts.executor),
      visitor_left_(parts.executor) {}

Federation::~Federation() {
    OBROL_CHECK(links_.empty() && !is_running_);
}

void Federation::key_changed(std::vector<PeerRotation> rotations) {
    own_.hello.key = parts_.key.public_key();
    own_.rotations = std::move(rotations);
    // The ends of these links say nothing about the other servers: they are dialled again almost at once.
    for (const auto& [id, peer] : peers_)
        peer->failures = 0;
    for (const std::shared_ptr<Link>& link : std::vector(links_))
        link->end(LinkEnd::stopping, "this server goes on under another key");
}

void Federation::start(Ports ports) {
    if (options_.advertise.kind == Advertised::Kind::as_seen) {
        own_.hello.port = ports.anywhere;
        own_.port_on_loopback = ports.on_loopback;
    }
    is_running_ = true;
    parts_.peering.start();
    gate_.spawn(tell_groups(*this));
    if (!options_.enabled) return;
    for (const Server& server : parts_.peering.servers()) {
        if (server.state == ServerState::connected && !server.host.empty()) begin_attempt(peer_of(server.id), server);
    }
}

Task<void> Federation::stop() {
    if (std::exchange(is_running_, false)) {
        for (const auto& [id, peer] : peers_) {
            peer->retry.cancel();
            if (peer->attempt) end_attempt(*peer, peer->attempt, Refused{ChatError::server_unreachable, "stopping"});
        }
        for (const std::shared_ptr<Link>& link : std::vector(links_))
            link->end(LinkEnd::stopping);
        groups_.wake();
        co_await parts_.peering.stop();
    }
    co_await gate_.close();
    while (visitors_ > 0)
        co_await visitor_left_.wait();
    notes_.clear();
}

Federation::Peer& Federation::peer_of(ServerId server) {
    std::unique_ptr<Peer>& peer = peers_[server];
    if (!peer) peer = std::make_unique<Peer>(parts_.executor, server);
    return *peer;
}

const Federation::Peer* Federation::find_peer(ServerId server) const {
    const auto found = peers_.find(server);
    return found == peers_.end() ? nullptr : found->second.get();
}

std::shared_ptr<Link> Federation::make_link(std::unique_ptr<SecureStream> stream, PeerRole role) {
    const auto epoch_begun = [this] { return begin_epoch(*this, parts_.peering.epoch()); };
    auto link =
        std::make_shared<Link>(Link::Parts{parts_.executor, parts_.peering, own_, options_, parts_.logger, epoch_begun},
                               std::move(stream), role, [this](Link& ended) { link_ended(ended); });
    links_.push_back(link);
    return link;
}

LinkState Federation::state(ServerId server) const {
    const Peer* peer = find_peer(server);
    if (peer && peer->is_up) return LinkState::up;
    const std::optional<Server> known = parts_.peering.server(server);
    if (known && known->state == ServerState::blocked) return LinkState::blocked;
    if (known && known->state == ServerState::disconnected) return LinkState::disconnected;
    if (peer && peer->attempt) return LinkState::connecting;
    return known && known->state == ServerState::connected ? LinkState::down : LinkState::idle;
}

Task<std::expected<bool, Refused>> Federation::connect(Server server) {
    return connect_to(*this, std::move(server));
}

Task<LinkTrial> Federation::try_link(std::string host, std::uint16_t port) {
    return try_at(*this, Endpoint{std::move(host), port});
}

std::optional<LinkTrouble> Federation::trouble(ServerId server) const {
    const Peer* peer = find_peer(server);
    return peer ? peer->trouble : std::nullopt;
}

void Federation::disconnect(ServerId server) {
    Peer& peer = peer_of(server);
    peer.retry.cancel();
    if (peer.attempt) end_attempt(peer, peer.attempt, Refused{ChatError::server_not_connected, {}});
    if (peer.link) peer.link->end(LinkEnd::disconnected);
}

void Federation::wake(ServerId server) {
    const Peer* peer = find_peer(server);
    if (peer && peer->link) peer->link->wake();
}

void Federation::group_advanced(ConversationId group) {
    if (!is_running_ || links_.empty()) return;
    advanced_.insert(group);
    groups_.wake();
}

// Several entries of one turn are told at once.
Task<void> Federation::tell_groups(Federation& self) {
    Peering& peering = self.parts_.peering;
    while (self.is_running_) {
        if (self.advanced_.empty()) {
            co_await self.groups_.wait();
            continue;
        }
        const ConversationId group = self.advanced_.extract(self.advanced_.begin()).value();
        const auto servers = co_await peering.servers_of(group);
        const auto head = co_await peering.head(group);
        if (!servers || !head) {
            self.parts_.logger.error("a group's servers cannot be read: {}",
                                     !servers ? servers.error().what : head.error().what);
            continue;
        }
        for (const ServerId server : *servers) {
            const Peer* peer = self.find_peer(server);
            if (peer && peer->link) peer->link->group_advanced(*head);
        }
    }
}

Task<std::optional<std::vector<std::string>>> Federation::online_among(ServerId server, std::string viewer,
                                                                       std::vector<std::string> names) {
    const Visit visit(*this);
    const Peer* peer = find_peer(server);
    if (!peer || !peer->link) co_return std::nullopt;
    co_return co_await Link::online_among(peer->link, std::move(viewer), std::move(names));
}

Task<std::expected<void, ChatError>> Federation::pull(ServerId from, BlobDigest blob, std::uint64_t offset,
                                                      BlobWriter& into) {
    const Visit visit(*this);
    const Peer* peer = find_peer(from);
    if (!peer || !peer->link) co_return std::unexpected(ChatError::unavailable);
    co_return co_await Link::pull(peer->link, blob, offset, into);
}

void Federation::accept(std::unique_ptr<SecureStream> stream) {
    if (!is_running_ || !options_.enabled) return;
    gate_.spawn(run(*this, make_link(std::move(stream), PeerRole::listener), nullptr, nullptr));
}

}  // namespace obrol
