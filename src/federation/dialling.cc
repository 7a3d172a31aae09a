// Who is dialled, and when again.
#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/core.h>
#include <utility>

#include "federation/federation.h"
#include "io/timer.h"

namespace obrol {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// PROTOCOLS.md, between servers: 5 s, 15 s, 1 min … at most an hour (FederationOptions::retry_max).
constexpr std::array<Duration, 6> pauses{seconds(5), seconds(15), minutes(1), minutes(4), minutes(15), minutes(60)};
// Where a server could not be dialled it is not dialled again for so long.
constexpr Duration disproof_holds = std::chrono::hours(1);
// Everybody who lost the same server comes back at another time.
Duration with_jitter(Duration pause, Random& random) {
    const auto fifth = static_cast<std::uint64_t>(pause.count() / 5);
    return pause - pause / 10 + Duration(random.below(fifth + 1));
}

SecureChannel::ClientOptions link_options() {
    SecureChannel::ClientOptions options;
    options.alpn = peer_alpn;
    options.tls13_only = true;
    return options;
}

LinkTrial failure_at(LinkTrial::Step step, std::string words) {
    LinkTrial trial;
    trial.failed_at = step;
    trial.words = std::move(words);
    return trial;
}

LinkTrial::Step step_of(const Error& error) {
    return error.what.starts_with(cannot_resolve) ? LinkTrial::Step::resolve : LinkTrial::Step::connect;
}

LinkTrial::Step step_of(LinkEnd why) {
    return why == LinkEnd::version ? LinkTrial::Step::version : LinkTrial::Step::identity;
}

}  // namespace

Task<std::expected<bool, Refused>> Federation::connect_to(Federation& self, Server server) {
    if (!self.is_running_ || !self.options_.enabled)
        co_return std::unexpected(Refused{ChatError::server_unreachable, "links to other servers are switched off"});
    Peer& peer = self.peer_of(server.id);
    if (peer.is_up) co_return true;
    const Visit visit(self);
    const std::shared_ptr<Attempt> attempt = peer.attempt ? peer.attempt : self.begin_attempt(peer, server);
    while (!attempt->is_over)
        co_await attempt->over.wait();
    if (attempt->refused) co_return std::unexpected(*attempt->refused);
    co_return false;
}

std::shared_ptr<Federation::Attempt> Federation::begin_attempt(Peer& peer, const Server& server) {
    peer.retry.cancel();
    const auto attempt =
        std::make_shared<Attempt>(parts_.executor, parts_.executor.clock().monotonic_now() + options_.connect_timeout);
    peer.attempt = attempt;
    gate_.spawn(dial(*this, peer, server, attempt));
    return attempt;
}

Task<void> Federation::dial(Federation& self, Peer& peer, Server server, std::shared_ptr<Attempt> attempt) {
    Timer timer(self.parts_.executor);
    timer.start(attempt->deadline, [&self, &peer, &attempt] {
        self.end_attempt(peer, attempt, Refused{ChatError::server_unreachable, "no answer in time"});
    });
    Endpoint at{server.host, server.port};
    auto stream = co_await open(self, std::move(at), attempt->deadline);
    if (!stream) {
        self.end_attempt(peer, attempt,
                         Refused{ChatError::server_unreachable,
                                 fmt::format("{}: {}", to_string(stream.error().failed_at), stream.error().words)});
        co_return;
    }
    if (attempt->is_over) co_return;
    timer.cancel();
    co_await run(self, self.make_link(std::move(*stream), PeerRole::dialler), &peer, attempt);
}

Task<std::expected<std::unique_ptr<SecureStream>, LinkTrial>> Federation::open(Federation& self, Endpoint at,
                                                                               MonotonicTime deadline) {
    const Clock& clock = self.parts_.executor.clock();
    auto stream = co_await self.parts_.network.connect(at, deadline - clock.monotonic_now());
    if (!stream) co_return std::unexpected(failure_at(step_of(stream.error()), stream.error().what));
    auto secure = co_await self.parts_.secure.connect(std::move(*stream), link_options(), deadline);
    if (!secure) co_return std::unexpected(failure_at(LinkTrial::Step::secure, secure.error().what));
    if ((*secure)->alpn() != peer_alpn)
        co_return std::unexpected(failure_at(LinkTrial::Step::secure, "it takes no links of servers"));
    co_return std::move(*secure);
}

void Federation::end_attempt(Peer& peer, const std::shared_ptr<Attempt>& attempt, std::optional<Refused> refused) {
    if (!attempt || std::exchange(attempt->is_over, true)) return;
    if (refused) note_trouble(peer, refused->subject.empty() ? std::string(to_string(refused->why)) : refused->subject);
    const bool may_retry = refused && refused->why != ChatError::server_differs;
    attempt->refused = std::move(refused);
    attempt->over.ring();
    if (peer.attempt == attempt) peer.attempt = nullptr;
    if (may_retry) retry_later(peer, next_pause(peer));
}

void Federation::note_trouble(Peer& peer, std::string words) {
    peer.trouble = LinkTrouble{parts_.executor.clock().wall_now(), std::move(words)};
}

Duration Federation::next_pause(Peer& peer) const {
    return std::min(pauses[std::min<std::size_t>(peer.failures++, pauses.size() - 1)], options_.retry_max);
}

void Federation::retry_later(Peer& peer, Duration pause) {
    if (!is_running_ || peer.link || peer.attempt) return;
    peer.retry.start_after(with_jitter(pause, parts_.random), [this, &peer] {
        // Its state and its address may have changed.
        const std::optional<Server> server = parts_.peering.server(peer.id);
        const bool is_wanted = server && server->state == ServerState::connected && !server->host.empty();
        if (is_wanted && !peer.link && !peer.attempt) begin_attempt(peer, *server);
    });
}

Task<LinkTrial> Federation::try_at(Federation& self, Endpoint at) {
    const Visit visit(self);
    if (!self.is_running_ || !self.options_.enabled)
        co_return failure_at(LinkTrial::Step::connect, "links to other servers are switched off");
    const MonotonicTime deadline = self.parts_.executor.clock().monotonic_now() + self.options_.connect_timeout;
    auto stream = co_await open(self, std::move(at), deadline);
    if (!stream) co_return std::move(stream.error());
    if (!self.is_running_) co_return failure_at(LinkTrial::Step::connect, "this server stops");
    const std::shared_ptr<Link> link = self.make_link(std::move(*stream), PeerRole::dialler);
    Timer timer(self.parts_.executor);
    timer.start(deadline, [&link] { link->end(LinkEnd::silent); });
    LinkTrial trial;
    auto who = co_await Link::introduce(*link);
    if (who) {
        trial.met = LinkTrial::Met{who->hello.key, std::move(who->hello.label)};
        const Clock& clock = self.parts_.executor.clock();
        const MonotonicTime sent = clock.monotonic_now();
        const auto echoed = co_await Link::echo(*link, "halo");
        trial.round_trip = clock.monotonic_now() - sent;
        trial.failed_at = echoed ? LinkTrial::Step::done : LinkTrial::Step::echo;
        if (!echoed) trial.words = echoed.error().words;
    } else {
        trial.failed_at = step_of(who.error().why);
        trial.words = who.error().words;
    }
    if (link->ended()) trial.words = link->ended()->words;
    timer.cancel();
    link->end(LinkEnd::stopping, "that was all");
    co_await Link::close(*link);
    std::erase(self.links_, link);
    co_return trial;
}

void Federation::hear_address(Peer& peer, const Link& link, const PeerHello& hello) {
    const Server& server = link.server();
    if (hello.port == 0 || was_added(server) || peer.is_being_proven) return;
    // Without a host: where it comes from.
    Endpoint told{hello.host.empty() ? link.host() : hello.host, hello.port};
    if (told == Endpoint{server.host, server.port}) return;
    const MonotonicTime now = parts_.executor.clock().monotonic_now();
    if (told == peer.disproven && now - peer.disproven_at < disproof_holds) return;
    gate_.spawn(prove_address(*this, peer, server, std::move(told)));
}

// An address is believed once the same key has answered there.
Task<void> Federation::prove_address(Federation& self, Peer& peer, Server server, Endpoint at) {
    peer.is_being_proven = true;
    const LinkTrial trial = co_await try_at(self, at);
    peer.is_being_proven = false;
    const bool is_proven = trial.failed_at == LinkTrial::Step::done && trial.met->key == *server.key;
    // It may have been forgotten, or have got another key.
    const std::optional<Server> now = self.parts_.peering.server(server.id);
    if (!now || now->key != server.key) co_return;
    if (!is_proven) {
        peer.disproven = at;
        peer.disproven_at = self.parts_.executor.clock().monotonic_now();
        self.parts_.logger.info("{} cannot be dialled at {}, as it says: {} {}", server.label, to_string(at),
                                to_string(trial.failed_at), trial.words);
        co_return;
    }
    const auto kept = co_await self.parts_.peering.reachable_at(server.id, at.host, at.port);
    if (!kept)
        self.parts_.logger.info("the address {} of {} is not kept: {}", to_string(at), server.label,
                                to_string(kept.error()));
}

}  // namespace obrol
