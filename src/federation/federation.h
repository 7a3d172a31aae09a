// The links to other servers: who is dialled and when, which of two links stays, and what core asks of them
// (docs/protocol/federation.md).
//
// Everything on core's thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/crypto/signing.h"
#include "base/log.h"
#include "base/random.h"
#include "core/links.h"
#include "core/peering.h"
#include "federation/handshake.h"
#include "federation/link.h"
#include "federation/options.h"
#include "federation/waiting.h"
#include "io/executor.h"
#include "io/link_acceptor.h"
#include "io/network.h"
#include "io/paced_log.h"
#include "io/secure_channel.h"
#include "io/task.h"
#include "model/server.h"

namespace obrol {

class Federation final : public Links, public LinkAcceptor {
  public:
    // All of them must outlive it. The network and the executor are core's.
    struct Parts {
        Executor& executor;
        Network& network;
        SecureChannel& secure;
        Peering& peering;
        const SigningKey& key;
        Random& random;
        Logger& logger;
    };

    // `rotations`: statements about this server's earlier keys, oldest first.
    Federation(Parts parts, FederationOptions options, std::string label, std::vector<PeerRotation> rotations);
    // stop() must have ended.
    ~Federation() override;

    // The key of Parts is another one by now; `rotations` as above. Every link ends, and comes back with it.
    void key_changed(std::vector<PeerRotation> rotations);
    // Where this server listens; 0: nowhere.
    struct Ports {
        std::uint16_t anywhere = 0;     // others than this machine reach it
        std::uint16_t on_loopback = 0;  // this machine does
    };
    // Dials every server to which a link is to be kept up. `ports`: told to others if the options say so.
    void start(Ports ports);
    // Ends every link; nothing is dialled or accepted any more. What had come in is committed.
    Task<void> stop();

    LinkState state(ServerId server) const override;
    Task<std::expected<bool, Refused>> connect(Server server) override;
    void disconnect(ServerId server) override;
    Task<LinkTrial> try_link(std::string host, std::uint16_t port) override;
    std::optional<LinkTrouble> trouble(ServerId server) const override;
    void wake(ServerId server) override;
    void group_advanced(ConversationId group) override;
    Task<std::optional<std::vector<std::string>>> online_among(ServerId server, std::string viewer,
                                                               std::vector<std::string> names) override;
    Task<std::expected<void, ChatError>> pull(ServerId from, BlobDigest blob, std::uint64_t offset,
                                              BlobWriter& into) override;

    void accept(std::unique_ptr<SecureStream> stream) override;

  private:
    // One try to bring a link up; several may wait for what comes of it.
    struct Attempt {
        Attempt(Executor& executor, MonotonicTime until) : deadline(until), over(executor) {}
        const MonotonicTime deadline;
        bool is_over = false;
        std::optional<Refused> refused;
        Bell over;
    };
    // What is known of a server here. Never forgotten: servers are few.
    struct Peer {
        Peer(Executor& executor, ServerId server) : id(server), retry(executor) {}
        const ServerId id;
        std::shared_ptr<Link> link;  // that is admitted and has not ended
        bool is_up = false;          // the link carries something
        bool is_told_up = false;     // core was told so; it hears nothing of a link that takes another one's place
        MonotonicTime up_at{};
        std::shared_ptr<Attempt> attempt;
        unsigned failures = 0;  // in a row
        std::optional<LinkTrouble> trouble;
        Timer retry;
        bool is_being_proven = false;  // that it can be dialled where it says
        Endpoint disproven;            // where it could not, the last time, and when that was
        MonotonicTime disproven_at{};
    };
    // Links that ended for one reason; made when the first does.
    struct Notes {
        Notes(TimerService& timers, Logger& logger, LinkEnd why)
            : log(timers, [this, &logger, why](std::size_t times) {
                  logger.warning("links of other servers ended as \"{}\" ({} times), the last one with {}: {}",
                                 to_string(why), times, other, words);
              }) {}
        std::string other;
        std::string words;
        PacedLog log;
    };
    // A caller of core's is inside; stop() waits for him.
    class Visit {
      public:
        explicit Visit(Federation& federation) : federation_(federation) { ++federation_.visitors_; }
        ~Visit() {
            --federation_.visitors_;
            federation_.visitor_left_.ring();
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

      private:
        Federation& federation_;
    };

    Peer& peer_of(ServerId server);
    const Peer* find_peer(ServerId server) const;
    std::shared_ptr<Link> make_link(std::unique_ptr<SecureStream> stream, PeerRole role);

    // dialling.cc
    std::shared_ptr<Attempt> begin_attempt(Peer& peer, const Server& server);
    static Task<void> dial(Federation& self, Peer& peer, Server server, std::shared_ptr<Attempt> attempt);
    static Task<std::expected<std::unique_ptr<SecureStream>, LinkTrial>> open(Federation& self, Endpoint at,
                                                                              MonotonicTime deadline);
    void end_attempt(Peer& peer, const std::shared_ptr<Attempt>& attempt, std::optional<Refused> refused);
    void retry_later(Peer& peer, Duration pause);
    Duration next_pause(Peer& peer) const;
    void note_trouble(Peer& peer, std::string words);
    static Task<std::expected<bool, Refused>> connect_to(Federation& self, Server server);
    static Task<LinkTrial> try_at(Federation& self, Endpoint at);
    void hear_address(Peer& peer, const Link& link, const PeerHello& hello);
    static Task<void> prove_address(Federation& self, Peer& peer, Server server, Endpoint at);

    // link_life.cc
    static Task<void> run(Federation& self, std::shared_ptr<Link> link, Peer* dialled,
                          std::shared_ptr<Attempt> attempt);
    static Task<std::optional<Farewell>> bring_up(Federation& self, std::shared_ptr<Link> link, Peer* dialled,
                                                  std::shared_ptr<Attempt> attempt);
    void give_up(Peer& dialled, const Link& link, const std::shared_ptr<Attempt>& attempt, const Farewell& trouble);
    static Task<std::expected<Server, ChatError>> meet(Federation& self, const Introduced& who, Peer* dialled);
    static Task<std::optional<Farewell>> exchange_places(Federation& self, std::shared_ptr<Link> link, Server server,
                                                         std::optional<PeerResume> received);
    static Task<bool> admit(Federation& self, Peer& peer, std::shared_ptr<Link> link, PublicKey other);
    static Task<bool> begin_epoch(Federation& self, std::int64_t known);
    void went_up(Peer& peer, const std::shared_ptr<Link>& link, const PeerHello& hello);
    void link_ended(Link& link);
    void note(LinkEnd why, const Link& link);
    static Task<void> tell_groups(Federation& self);

    const Parts parts_;
    const FederationOptions options_;
    Identity own_;
    std::map<ServerId, std::unique_ptr<Peer>> peers_;
    std::vector<std::shared_ptr<Link>> links_;  // all that are not quite gone, in the order of their making
    std::set<ConversationId> advanced_;         // groups of which links are to hear
    WakeUp groups_;
    bool is_beginning_epoch_ = false;
    Bell epoch_begun_;
    MonotonicTime epoch_allowed_at_{};
    std::map<LinkEnd, std::unique_ptr<Notes>> notes_;
    std::size_t visitors_ = 0;
    Bell visitor_left_;
    bool is_running_ = false;
    Gate gate_{"links to servers"};
};

}  // namespace obrol
