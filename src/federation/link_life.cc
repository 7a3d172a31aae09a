// How a connection becomes the link to a server, and what is left of it.
#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "federation/federation.h"
#include "io/timer.h"

namespace obrol {
namespace {

// So long a link that may have to go gets to show that it lives.
constexpr Duration sign_of_life_max = std::chrono::seconds(2);
// A link that held for so long was a good one; its server is dialled again almost at once.
constexpr Duration steady = std::chrono::seconds(15);
constexpr Duration pause_after_loss = std::chrono::milliseconds(300);

Farewell farewell(LinkEnd why) {
    return {why, std::string(words_for(why))};
}

// What whoever asked for the link is told.
Refused refused_for(const Farewell& trouble, const std::string& label) {
    if (trouble.why == LinkEnd::own_server) return {ChatError::own_server, label};
    if (trouble.why == LinkEnd::identity) return {ChatError::server_differs, trouble.words};
    return {ChatError::server_unreachable, trouble.words};
}

}  // namespace

// A crowd at the door must not fill the log: a line for each reason, and not more often than PacedLog has it.
void Federation::note(LinkEnd why, const Link& link) {
    std::unique_ptr<Notes>& notes = notes_[why];
    if (!notes) notes = std::make_unique<Notes>(parts_.executor, parts_.logger, why);
    notes->other = link.is_established() ? fmt::format("{} ({})", link.server().label, link.host()) : link.host();
    notes->words = link.ended()->words;
    notes->log.note();
}

Task<void> Federation::run(Federation& self, std::shared_ptr<Link> link, Peer* dialled,
                           std::shared_ptr<Attempt> attempt) {
    const MonotonicTime now = self.parts_.executor.clock().monotonic_now();
    Timer timer(self.parts_.executor);
    timer.start(attempt ? attempt->deadline : now + self.options_.handshake_timeout,
                [&link] { link->end(LinkEnd::silent, "the handshake did not end in time"); });
    std::optional<Farewell> trouble = co_await bring_up(self, link, dialled, attempt);
    timer.cancel();
    if (link->ended()) trouble = link->ended();
    if (trouble) {
        link->end(trouble->why, trouble->words);
        if (dialled) self.give_up(*dialled, *link, attempt, *trouble);
    } else {
        co_await Link::serve(*link);
    }
    co_await Link::close(*link);
    std::erase(self.links_, link);
}

void Federation::give_up(Peer& dialled, const Link& link, const std::shared_ptr<Attempt>& attempt,
                         const Farewell& trouble) {
    // Another link to it is there, which is why this one was not wanted. Whom it has dialled may be known already.
    const Peer& met = link.is_established() ? peer_of(link.server().id) : dialled;
    if (met.link) return end_attempt(dialled, attempt, std::nullopt);
    const std::optional<Server> server = parts_.peering.server(dialled.id);
    end_attempt(dialled, attempt, refused_for(trouble, server ? server->label : std::string()));
}

// None: it is up.
Task<std::optional<Farewell>> Federation::bring_up(Federation& self, std::shared_ptr<Link> link, Peer* dialled,
                                                   std::shared_ptr<Attempt> attempt) {
    const auto who = co_await Link::introduce(*link);
    if (!who) co_return who.error();
    std::optional<PeerResume> received;
    if (!dialled) {
        // Perhaps it only wants to know whether somebody is there.
        const auto resume = co_await Link::next_resume(*link);
        if (!resume) co_return resume.error();
        received = *resume;
    }
    const auto server = co_await meet(self, *who, dialled);
    if (!server) {
        // What core says is more exact than that there was trouble.
        const Refused why{server.error(), who->hello.label};
        if (dialled) self.end_attempt(*dialled, attempt, why);
        co_return Farewell{LinkEnd::refused, std::string(to_string(server.error()))};
    }
    if (server->state == ServerState::disconnected) co_return farewell(LinkEnd::disconnected);
    link->establish(*server);
    std::optional<Farewell> trouble = co_await exchange_places(self, link, *server, received);
    if (trouble || link->ended()) co_return trouble;
    self.went_up(self.peer_of(server->id), link, who->hello);
    // Whom it has dialled may turn out to be a server that is known already.
    if (dialled) self.end_attempt(*dialled, attempt, std::nullopt);
    co_return std::nullopt;
}

// Statements about earlier keys come first: they may tell who it is.
Task<std::expected<Server, ChatError>> Federation::meet(Federation& self, const Introduced& who, Peer* dialled) {
    Peering& peering = self.parts_.peering;
    for (const PeerRotation& rotation : who.rotations) {
        const std::optional<Server> known = peering.server_with_key(rotation.old_key);
        if (!known) continue;
        const KeyStatement statement{rotation.old_key, rotation.new_key, rotation.signature, rotation.acceptance};
        const auto rotated = co_await peering.rotated(known->id, statement);
        if (!rotated) co_return std::unexpected(rotated.error());
    }
    const ServerId expected = dialled ? dialled->id : ServerId();
    auto met = co_await peering.met(who.hello.key, who.hello.label, expected);
    if (!met) co_return met;
    if (met->key != who.hello.key) co_return std::unexpected(ChatError::server_differs);
    // What it was before it was met is of use where something old was signed.
    for (auto rotation = who.rotations.rbegin(); rotation != who.rotations.rend(); ++rotation) {
        const KeyStatement statement{rotation->old_key, rotation->new_key, rotation->signature, rotation->acceptance};
        const auto kept = co_await peering.rotated(met->id, statement);
        if (!kept) co_return std::unexpected(kept.error());
    }
    co_return met;
}

Task<std::optional<Farewell>> Federation::exchange_places(Federation& self, std::shared_ptr<Link> link, Server server,
                                                          std::optional<PeerResume> received) {
    Peer& peer = self.peer_of(server.id);
    const bool is_dialler = link->role() == PeerRole::dialler;
    if (is_dialler) {
        const auto sent = co_await Link::send_resume(*link, server.id);
        if (!sent) co_return sent.error();
        const auto resume = co_await Link::next_resume(*link);
        if (!resume) co_return resume.error();
        received = *resume;
    }
    const bool is_admitted = co_await admit(self, peer, link, *server.key);
    if (!is_admitted) co_return farewell(LinkEnd::duplicate);
    if (!is_dialler) {
        const auto sent = co_await Link::send_resume(*link, server.id);
        if (!sent) co_return sent.error();
    }
    for (;;) {
        const std::optional<LinkEnd> trouble = co_await Link::resume(*link, *received);
        if (!trouble || link->ended()) co_return std::nullopt;
        if (*trouble != LinkEnd::epoch) co_return farewell(*trouble);
        const bool has_begun = co_await begin_epoch(self, received->epoch);
        if (!has_begun) co_return farewell(LinkEnd::epoch);
    }
}

// Of two links to one server, one is admitted. Both ends come to the same answer: of those that the two have dialled,
// the one of the lower key stays, unless it is dead; of those that one has dialled, the newer.
Task<bool> Federation::admit(Federation& self, Peer& peer, std::shared_ptr<Link> link, PublicKey other) {
    const bool is_own_lower = self.parts_.key.public_key() < other;
    const bool is_of_lower = (link->role() == PeerRole::dialler) == is_own_lower;
    while (peer.link && !link->ended()) {
        const std::shared_ptr<Link> present = peer.link;
        const bool must_go = present->role() == link->role() || is_of_lower;
        if (!must_go) {
            const bool is_alive = co_await Link::is_alive(*present, sign_of_life_max);
            if (is_alive) co_return false;
        }
        // Its place is taken at once, so nobody hears of a link that is down.
        if (peer.link == present) peer.link = nullptr;
        present->end(must_go ? LinkEnd::replaced : LinkEnd::silent);
    }
    if (link->ended()) co_return false;
    peer.link = link;
    peer.is_up = false;
    peer.retry.cancel();
    co_return true;
}

// Whether the present epoch is a later one than `known`, that in which another server has what is not known here. It
// was told so by that server alone, and every server is disturbed by it: so this does not happen often.
Task<bool> Federation::begin_epoch(Federation& self, std::int64_t known) {
    constexpr std::int64_t epochs_max = 16;
    while (self.is_beginning_epoch_)
        co_await self.epoch_begun_.wait();
    const std::int64_t present = self.parts_.peering.epoch();
    if (present > known) co_return true;
    const MonotonicTime now = self.parts_.executor.clock().monotonic_now();
    if (now < self.epoch_allowed_at_ || known - present >= epochs_max) co_return false;
    self.epoch_allowed_at_ = now + self.options_.epoch_pause;
    self.is_beginning_epoch_ = true;
    self.parts_.logger.warning(
        "another server has what this one does not know: its store was put back to an "
        "earlier state, and a new epoch begins");
    bool has_begun = true;
    while (has_begun && self.parts_.peering.epoch() <= known) {
        const Result<void> begun = co_await self.parts_.peering.begin_epoch();
        if (!begun) self.parts_.logger.error("no new epoch: {}", begun.error().what);
        has_begun = begun.has_value();
    }
    self.is_beginning_epoch_ = false;
    self.epoch_begun_.ring();
    co_return has_begun;
}

void Federation::went_up(Peer& peer, const std::shared_ptr<Link>& link, const PeerHello& hello) {
    peer.is_up = true;
    peer.up_at = parts_.executor.clock().monotonic_now();
    const Server& server = link->server();
    parts_.logger.info("the link to {} ({}) is up", server.label, link->host());
    if (!std::exchange(peer.is_told_up, true)) parts_.peering.link_changed(peer.id, LinkState::up);
    hear_address(peer, *link, hello);
    // Perhaps it has dialled while it was dialled.
    if (peer.attempt) end_attempt(peer, peer.attempt, std::nullopt);
}

void Federation::link_ended(Link& link) {
    const Farewell& farewell = *link.ended();
    if (is_violation(farewell.why)) note(farewell.why, link);
    const auto found = std::ranges::find_if(peers_, [&](const auto& peer) { return peer.second->link.get() == &link; });
    if (found == peers_.end()) return;
    Peer& peer = *found->second;
    peer.link = nullptr;
    const bool was_up = std::exchange(peer.is_up, false);
    if (was_up) parts_.logger.info("the link to {} ({}) is down: {}", link.server().label, link.host(), farewell.words);
    if (std::exchange(peer.is_told_up, false)) parts_.peering.link_changed(peer.id, state(peer.id));
    if (!was_up) {
        // Whoever was dialled is dialled again by the attempt that has failed.
        if (link.role() == PeerRole::listener) retry_later(peer, next_pause(peer));
        return;
    }
    note_trouble(peer, farewell.words);
    // Perhaps it is only being restarted; but one whose links never last is dialled less and less often.
    const bool was_steady = parts_.executor.clock().monotonic_now() - peer.up_at >= steady;
    if (was_steady) {
        peer.failures = 0;
        return retry_later(peer, pause_after_loss);
    }
    const bool is_first = peer.failures == 0;
    const Duration pause = next_pause(peer);
    retry_later(peer, is_first ? pause_after_loss : pause);
}

}  // namespace obrol
