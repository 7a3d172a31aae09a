// What core needs of the links to other servers; implemented by federation/. On core's thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/chat_error.h"
#include "model/file.h"
#include "model/ids.h"
#include "model/reply.h"
#include "model/server.h"

namespace obrol {

class BlobWriter;

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
    // Something was queued for the server, and committed.
    virtual void wake(ServerId server) = 0;
    // The log of a group at home here goes on, or its members' servers have become others.
    virtual void group_advanced(ConversationId group) = 0;
    // Who of these users of that server is online there; nobody where that cannot be known within a moment.
    virtual Task<std::vector<std::string>> online_among(ServerId, std::vector<std::string>) {
        co_return std::vector<std::string>();
    }
    // Asks for a blob, from `offset` on, and hands its bytes to `into` as they come; unavailable without a link, or
    // when nothing comes for a while; not_found.
    virtual Task<std::expected<void, ChatError>> pull(ServerId from, BlobDigest blob, std::uint64_t offset,
                                                      BlobWriter& into) = 0;
};

}  // namespace obrol
