#include "client/classic/line_client.h"

#include <fmt/args.h>
#include <fmt/format.h>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

ServerSession::Options with_dialect(ServerSession::Options options, const ClassicDocument& document) {
    options.make_dialect = document.make_dialect;
    return options;
}

template <class... Args>
std::string worded(std::string_view format, const Args&... args) {
    return fmt::format(fmt::runtime(format), args...);
}

}  // namespace

LineClient::LineClient(ServerSession::Parts parts, const ClassicDocument& document, ServerSession::Options session,
                       bool trace, Screen& screen)
    : document_(document),
      trace_(trace),
      screen_(screen),
      session_(parts, with_dialect(std::move(session), document), *this) {}

Task<bool> LineClient::start() {
    const Result<void> connected = co_await session_.connect();
    if (connected) co_return true;
    screen_.notice(worded(document_.notices.no_server, fmt::arg("server", to_string(session_.server())),
                          fmt::arg("reason", connected.error().what)));
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
        if (trace_ && !unknown->received.empty()) screen_.print(traced_answer(document_, unknown->received, false));
        screen_.notice(worded(document_.notices.fate_unknown, fmt::arg("command", command.word),
                              fmt::arg("cause", cause(unknown->loss))));
    } else {
        screen_.notice(worded(document_.notices.not_sent, fmt::arg("server", to_string(session_.server())),
                              fmt::arg("command", command.word)));
    }
    if (!leaves) co_return Then::next_line;
    // With or without a logout.
    screen_.print(exit_text);
    co_return Then::end;
}

void LineClient::take(const LineRequest& asked, const ServerSession::Answered& answered) {
    if (trace_) screen_.print(traced_answer(document_, answered.text, true));
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

void LineClient::on_sent(const Command& command) {
    if (trace_ && std::holds_alternative<SendMessage>(command.body)) screen_.print(traced_send(command));
}

void LineClient::on_lost(ServerSession::Loss loss) {
    screen_.notice(worded(document_.notices.lost, fmt::arg("server", to_string(session_.server())),
                          fmt::arg("cause", cause(loss))));
}

void LineClient::on_connected_again() {
    screen_.notice(worded(document_.notices.connected_again, fmt::arg("server", to_string(session_.server()))));
}

std::string_view LineClient::cause(ServerSession::Loss loss) const {
    switch (loss) {
        case ServerSession::Loss::closed_by_server:
            return document_.notices.closed_by_server;
        case ServerSession::Loss::broken:
            return document_.notices.broken;
        case ServerSession::Loss::no_answer:
            return document_.notices.no_answer;
        case ServerSession::Loss::unreadable_answer:
            return document_.notices.unreadable_answer;
        case ServerSession::Loss::stopped:
            return document_.notices.stopped;
    }
    OBROL_CHECK(false);
    return {};
}

}  // namespace obrol
