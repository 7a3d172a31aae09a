// Core's side of a connection: which session it logged in with, which one it used last, where its events go.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/audience.h"
#include "core/serial.h"
#include "model/ids.h"

namespace obrol {

class Fanout;
class LiveSession;
class Sessions;

// Made by Chat::connect; destroying it is the end of the connection. Belongs to core's thread, must outlive the
// requests that run for it, and must go before the Chat.
class Client {
  public:
    // `source`: numeric address of the other side.
    Client(Sessions& sessions, Fanout& fanout, std::string source);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Events for the connection's own session go to `audience` from now on; null ends that.
    void listen(Audience* audience, ListenerId listener);

  private:
    friend class Chat;
    friend class Fanout;

    // The connection's own session from now on; replaces an earlier one without ending it.
    void log_in(std::shared_ptr<LiveSession> session, const Token& token);
    void log_out();
    // The session is about to end by this connection's own doing.
    void let_go(const std::shared_ptr<LiveSession>& session);
    // The latest request acted for this session; null or the own one: no other.
    void use_last(std::shared_ptr<LiveSession> session);

    Sessions& sessions_;
    Fanout& fanout_;
    std::string source_;
    // Requests of one connection are admitted to the commit order one after the other.
    Serial admission_;
    std::shared_ptr<LiveSession> own_;   // of the login
    std::shared_ptr<LiveSession> last_;  // of the latest request, when that was another one
    std::optional<Token> token_;         // of own_
    Audience* audience_ = nullptr;
    ListenerId listener_ = 0;
};

}  // namespace obrol
