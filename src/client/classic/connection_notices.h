// Says, in the language of a document, what becomes of the connection and of requests that were not answered.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "client/classic/classic_client.h"
#include "client/classic/notices.h"
#include "client/session/server_session.h"

namespace obrol {

class ConnectionNotices {
  public:
    // `screen` outlives it.
    ConnectionNotices(const Notices& words, const Endpoint& server, ClassicClient::Screen& screen)
        : words_(words), server_(to_string(server)), screen_(screen) {}

    void no_server(const Error& why) const;
    void lost(ServerSession::Loss loss) const;
    void connected_again() const;
    // `command` is its first word.
    void not_sent(std::string_view command) const;
    void fate_unknown(std::string_view command, ServerSession::Loss loss) const;

  private:
    std::string_view cause(ServerSession::Loss loss) const;

    const Notices& words_;
    const std::string server_;
    ClassicClient::Screen& screen_;
};

}  // namespace obrol
