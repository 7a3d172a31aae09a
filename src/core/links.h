// What core needs of the links to other servers; implemented by federation/. On core's thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto/signing.h"
#include "base/result.h"
#include "io/task.h"
#include "model/chat_error.h"
#include "model/file.h"
#include "model/ids.h"
#include "model/reply.h"
#include "model/server.h"

namespace obrol {

class BlobWriter;

// What became of a trial of a link: everything that a link needs, one step after the other.
struct LinkTrial {
    // resolve: its name has no address; secure: no TLS, or nobody there takes links of servers; identity: it does not
    // prove that it has the key that it claims.
    enum class Step : std::uint8_t { resolve, connect, secure, identity, version, echo, done };
    Step failed_at = Step::connect;  // done: nothing failed
    std::string words;               // what failed
    struct Met {
        PublicKey key{};
        std::string label;  // as it calls itself
    };
    std::optional<Met> met;  // who answered, where that was proven
    Duration round_trip{};   // of the echo
};
std::string_view to_string(LinkTrial::Step step);

// Why there was no link to a server, the last time that there was none.
struct LinkTrouble {
    WallTime at{};
    std::string words;
};

class Links {
  public:
    virtual ~Links() = default;

    virtual LinkState state(ServerId server) const = 0;
    // Brings the link up and keeps it up; the server's state is `connected` already. Ends within
    // `peers.connect_timeout` (5 s): server_unreachable, server_differs; the link is tried again later nevertheless,
    // but for server_differs. Whether it was up before.
    virtual Task<std::expected<bool, Refused>> connect(Server server) = 0;
    // Ends the link and dials no more.
    virtual void disconnect(ServerId server) = 0;
    // Opens a link of its own there and ends it again, however the links are; nobody is met by it, and nothing is
    // pinned on either side. Ends within `peers.connect_timeout`.
    virtual Task<LinkTrial> try_link(std::string host, std::uint16_t port) = 0;
    // None: nothing has failed since the start.
    virtual std::optional<LinkTrouble> trouble(ServerId server) const = 0;
    // Something was queued for the server, and committed.
    virtual void wake(ServerId server) = 0;
    // The log of a group at home here goes on, or its members' servers have become others.
    virtual void group_advanced(ConversationId group) = 0;
    // Whom of these users of that server it says to be online, to the viewer of this one. Ends within
    // `peers.presence_timeout`; none: it cannot be known now.
    virtual Task<std::optional<std::vector<std::string>>> online_among(ServerId server, std::string viewer,
                                                                       std::vector<std::string> names) = 0;
    // Asks for a blob, from `offset` on, and hands its bytes to `into` as they come; unavailable without a link, or
    // when nothing comes for a while; not_found.
    virtual Task<std::expected<void, ChatError>> pull(ServerId from, BlobDigest blob, std::uint64_t offset,
                                                      BlobWriter& into) = 0;
};

}  // namespace obrol
