// Requests of somebody who is logged in, where the connection is the login (document 003): after another connection
// was made, and before the next request, it logs in again with the password of this run. Why there is no answer is
// said, on the screen.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "client/classic/classic_client.h"
#include "client/classic/connection_notices.h"
#include "client/session/server_session.h"

namespace obrol {

class MenuSession final : private ServerSession::Observer {
  public:
    using Body = decltype(Command::body);

    struct Answer {
        Reply reply;
        std::string message;  // the server's words for people
    };

    // `screen` outlives the session; `options.make_dialect` is set here. `on_connected_again` is called after every
    // connection but the first.
    MenuSession(ServerSession::Parts parts, ServerSession::Options options, bool trace, ClassicClient::Screen& screen,
                std::move_only_function<void()> on_connected_again);

    // False: there is no server.
    Task<bool> start();
    // `word` is what the user typed. None: not sent, not answered or refused.
    Task<std::optional<Answer>> ask(std::string_view word, Body body);
    // None: refused or without an answer; nobody is logged in then who was not before.
    Task<std::optional<Answer>> log_in(std::string_view word, Authenticate login);
    Task<std::optional<Answer>> log_out(std::string_view word);
    // Whether a request can be sent now, by whoever was logged in before.
    Task<bool> be_ready(std::string_view word);

    // Those who carry files judge for themselves. After be_ready().
    Task<ServerSession::Exchange> send_file(SendFile request, FileSource& file);
    Task<ServerSession::Exchange> get_file(GetFile request, FileSink& file);
    // As ask() gives it; also for FileFailed.
    std::optional<Answer> judge(std::string_view word, const ServerSession::Exchange& exchange);

    bool is_connected() const { return session_.is_connected(); }
    bool is_logged_in() const { return login_.has_value(); }
    // Logged in, but not on the connection that there is now.
    bool must_log_in_again() const;
    std::string user() const { return login_ ? login_->user : std::string(); }

    void stop() { session_.stop(); }
    Task<void> close() { return session_.close(); }

  private:
    void on_sent(const Command& command, std::string_view text) override;
    void on_lost(ServerSession::Loss loss) override { notices_.lost(loss); }
    void on_connected_again() override;
    Task<bool> log_in_again(std::string_view word);

    const bool trace_;
    ClassicClient::Screen& screen_;
    const ConnectionNotices notices_;
    std::move_only_function<void()> on_connected_again_;
    ServerSession session_;
    std::optional<Authenticate> login_;
    std::uint64_t login_connection_ = 0;
};

}  // namespace obrol
