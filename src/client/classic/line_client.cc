#include "client/classic/line_client.h"

#include <utility>

namespace obrol {
namespace {

ServerSession::Options with_dialect(ServerSession::Options options, const ClassicDocument& document) {
    options.make_dialect = document.make_dialect;
    return options;
}

}  // namespace

LineClient::LineClient(ServerSession::Parts parts, const ClassicDocument& document, ServerSession::Options session,
                       bool trace, Screen& screen)
    : document_(document),
      trace_(trace),
      screen_(screen),
      notices_(document.notices, session.server, screen),
      session_(parts, with_dialect(std::move(session), document), *this) {}

Task<bool> LineClient::start() {
    const Result<void> connected = co_await session_.connect();
    if (connected) co_return true;
    notices_.no_server(connected.error());
    co_return false;
}

bool LineClient::may_be_kept(std::string_view line) const {
    const auto read = read_line_request(document_, line);
    const auto* asked = std::get_if<LineRequest>(&read);
    return asked && asked->command->action != ClassicAction::authenticate;
}

std::optional<Token> LineClient::token_for(const ClassicCommand& command) const {
    if (command.action == ClassicAction::authenticate) return std::nullopt;
    // A connection that did not log in knows nobody: then the token has to say who asks.
    if (!command.names_token && session_.connection_number() == login_connection_) return std::nullopt;
    return token_;
}

Task<LineClient::Then> LineClient::handle(std::string line) {
    auto read = read_line_request(document_, line);
    if (const auto* mistake = std::get_if<LineMistake>(&read)) {
        screen_.print(mistake_text(document_, *mistake));
        co_return Then::next_line;
    }
    LineRequest& asked = std::get<LineRequest>(read);
    const ClassicCommand& command = *asked.command;
    const bool leaves = command.action == ClassicAction::exit;
    if (command.login_first && !token_) {
        screen_.print(not_authorized_text);
        co_return Then::next_line;
    }
    if (leaves && !token_) {
        screen_.print(exit_text);
        co_return Then::end;
    }
    asked.request.token = token_for(command);
    const ServerSession::Exchange exchange = co_await session_.ask(asked.request);
    if (const auto* answered = std::get_if<ServerSession::Answered>(&exchange)) {
        take(asked, *answered);
    } else if (const auto* unknown = std::get_if<ServerSession::FateUnknown>(&exchange)) {
        if (trace_ && !unknown->received.empty())
            screen_.print(traced_answer(document_.read_bytes, unknown->received, false));
        notices_.fate_unknown(command.word, unknown->loss);
    } else {
        notices_.not_sent(command.word);
    }
    if (!leaves) co_return Then::next_line;
    // With or without a logout.
    screen_.print(exit_text);
    co_return Then::end;
}

void LineClient::take(const LineRequest& asked, const ServerSession::Answered& answered) {
    if (trace_) screen_.print(traced_answer(document_.read_bytes, answered.text, true));
    if (const auto text = answer_text(document_, asked, answered.reply, answered.text)) screen_.print(*text);
    if (const auto* started = std::get_if<SessionStarted>(&answered.reply)) {
        token_ = started->token;
        login_connection_ = session_.connection_number();
    } else if (std::holds_alternative<SessionEnded>(answered.reply)) {
        token_.reset();
    } else if (const auto* refused = std::get_if<Refused>(&answered.reply)) {
        // The session has ended elsewhere: the prompt shall not go on showing it.
        if (refused->why == ChatError::not_authorized) token_.reset();
    }
}

void LineClient::on_sent(const Command& command, std::string_view) {
    if (trace_ && std::holds_alternative<SendMessage>(command.body)) screen_.print(traced_send(command));
}

}  // namespace obrol
