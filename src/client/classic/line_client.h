// A line client: a line in, what its document prints out. What is not the document's (a server that is away) goes to
// another place, so that whoever reads the output finds the document's alone there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/classic/line_request.h"
#include "client/session/server_session.h"

namespace obrol {

class LineClient final : private ServerSession::Observer {
  public:
    class Screen {
      public:
        // Lines without the last line end. Notices may come at any time, also while somebody types.
        virtual void print(std::string_view lines) = 0;
        virtual void notice(std::string_view line) = 0;

      protected:
        ~Screen() = default;
    };

    enum class Then { next_line, end };

    // `screen` outlives the client; `session.make_dialect` is set by the document.
    LineClient(ServerSession::Parts parts, const ClassicDocument& document, ServerSession::Options session, bool trace,
               Screen& screen);

    // False: there is no server, which has been said.
    Task<bool> start();
    std::string prompt() const { return prompt_text(token_); }
    // A line as typed, without its end. One at a time.
    Task<Then> handle(std::string line);
    // Whether a history may keep the line: it is a command, understood, and holds no password.
    bool may_be_kept(std::string_view line) const;

    // A request under way is reported as of unknown fate. Idempotent.
    void stop() { session_.stop(); }
    // Before the client is destroyed.
    Task<void> close() { return session_.close(); }

  private:
    void on_sent(const Command& command) override;
    void on_lost(ServerSession::Loss loss) override;
    void on_connected_again() override;

    std::optional<Token> token_for(const ClassicCommand& command) const;
    void take(const LineRequest& asked, const ServerSession::Answered& answered);
    std::string_view cause(ServerSession::Loss loss) const;

    const ClassicDocument& document_;
    const bool trace_;
    Screen& screen_;
    ServerSession session_;
    std::optional<Token> token_;
    std::uint64_t login_connection_ = 0;
};

}  // namespace obrol
