// Listeners and their connections: who may come in, and how everybody leaves.
//
// Belongs to core's thread; connections live on the I/O executors, in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "core/chat.h"
#include "dialects/dialect.h"
#include "io/executor.h"
#include "io/link_acceptor.h"
#include "io/network.h"
#include "io/paced_log.h"
#include "io/secure_channel.h"
#include "io/task.h"
#include "server/connection_group.h"
#include "server/limits.h"

namespace obrol {

class ChatServer {
  public:
    // All of them must outlive the server.
    struct Parts {
        Executor& core_executor;
        Network& network;  // of core's executor
        Chat& chat;
        Logger& logger;
        // Where connections live; core's own executor may be among them. At least one.
        std::vector<Executor*> io_executors;
        // Null: no connection is encrypted. Without an acceptor connections of other servers are closed.
        SecureChannel* secure = nullptr;
        LinkAcceptor* links = nullptr;
    };

    ChatServer(Parts parts, ServerLimits limits);
    // Must have been stopped, if it ever listened.
    ~ChatServer();
    ChatServer(const ChatServer&) = delete;
    ChatServer& operator=(const ChatServer&) = delete;

    // Takes connections there from now on. Gives the bound address with the real port. `kind` must outlive the server.
    Result<Endpoint> listen(const DialectKind& kind, const Endpoint& at, Plaintext plaintext = Plaintext::taken);
    // Takes no new connections and no new requests; what is under way is answered and written, as long as
    // shutdown_grace lasts. Every connection is gone when it ends.
    Task<void> stop();
    // Holds for the connections that exist, too.
    void set_limits(const ServerLimits& limits);

    std::size_t connections() const { return connections_; }
    // Of other servers; none of connections().
    std::size_t links() const { return static_cast<std::size_t>(link_places_.use_count()) - 1; }

  private:
    struct Entrance;
    // What a link holds.
    struct LinkPlace {
        std::shared_ptr<const char> among_all;
        std::shared_ptr<const char> of_its_address;
    };
    // Connections that were refused for one reason since the last line about them.
    struct Refused {
        std::size_t as_server_is_full = 0;
        std::size_t for_their_address = 0;
    };

    static Task<void> take_connections(ChatServer& self, Entrance& entrance);
    void admit(const Entrance& entrance, std::unique_ptr<Stream> stream, ConnectionGroup& group);
    void refuse(const Entrance& entrance, std::unique_ptr<Stream> stream, ConnectionGroup& group, ChatError why);
    void connection_ended(const std::string& host, bool was_served);
    void take_link(std::unique_ptr<SecureStream> link);
    ServerLimits limits_of_group() const;

    Parts parts_;
    ServerLimits limits_;
    std::vector<std::unique_ptr<Entrance>> entrances_;
    std::vector<std::unique_ptr<ConnectionGroup>> groups_;
    std::size_t next_group_ = 0;
    std::size_t connections_ = 0;
    std::unordered_map<std::string, std::size_t> connections_of_;  // by address_block(), those with any
    std::size_t being_refused_ = 0;
    Refused refused_;
    PacedLog refused_log_;
    // Each link holds one more reference to it.
    std::shared_ptr<const char> link_places_ = std::make_shared<const char>();
    std::map<std::string, std::shared_ptr<const char>> links_of_;  // likewise those of an address_block()
    Refused refused_links_;
    PacedLog refused_links_log_;
    Gate accepting_{"listeners"};
};

}  // namespace obrol
