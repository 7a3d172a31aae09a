// The clients of documents 000, 001, 002 and 004: one line is one request. A file that would be replaced is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/classic/classic_client.h"
#include "client/classic/connection_notices.h"
#include "client/classic/folder_transfers.h"
#include "client/classic/line_request.h"
#include "client/session/server_session.h"

namespace obrol {

class LineClient final : public ClassicClient, private ServerSession::Observer {
  public:
    // `files` and `screen` outlive the client; `session.make_dialect` is set by the document.
    LineClient(ServerSession::Parts parts, const ClassicDocument& document, ServerSession::Options session, bool trace,
               LocalFiles& files, Screen& screen);

    Task<bool> start() override;
    std::string prompt() const override;
    Task<Then> handle(std::string line) override;
    bool may_be_kept(std::string_view line) const override;
    void stop() override { session_.stop(); }
    Task<void> close() override { return session_.close(); }

  private:
    void on_sent(const Command& command, std::string_view) override;
    void on_lost(ServerSession::Loss loss) override { notices_.lost(loss); }
    void on_connected_again() override { notices_.connected_again(); }

    // A download that was typed, and where the file is to be.
    struct Download {
        LineRequest asked;
        std::string place;
    };

    std::optional<Token> token_for(const ClassicCommand& command) const;
    Task<void> carry_out(LineRequest asked);
    Task<void> download(LineRequest asked);
    Task<void> fetch(Download download, bool replace);
    Task<void> answer_question(std::string_view line);
    void judge(const LineRequest& asked, const ServerSession::Exchange& exchange);
    void take(const LineRequest& asked, const ServerSession::Answered& answered);

    const ClassicDocument& document_;
    const bool trace_;
    Screen& screen_;
    const ConnectionNotices notices_;
    ServerSession session_;
    FolderTransfers transfers_;
    std::optional<Token> token_;
    std::uint64_t login_connection_ = 0;
    std::optional<Download> question_;  // whether a file may be replaced: the next line answers
};

}  // namespace obrol
