#include "client/classic/line_client.h"

#include <utility>

#include "client/classic/printable.h"
#include "client/classic/replace_question.h"

namespace obrol {
namespace {

ServerSession::Options with_dialect(ServerSession::Options options, const ClassicDocument& document) {
    options.make_dialect = document.make_dialect;
    return options;
}

bool carries_file(const Command& command) {
    return std::holds_alternative<SendFile>(command.body) || std::holds_alternative<PutFile>(command.body);
}

}  // namespace

LineClient::LineClient(ServerSession::Parts parts, const ClassicDocument& document, ServerSession::Options session,
                       bool trace, LocalFiles& files, Screen& screen)
    : document_(document),
      trace_(trace),
      screen_(screen),
      notices_(document.notices, session.server, screen),
      session_(parts, with_dialect(std::move(session), document), *this),
      transfers_(session_, files, parts.executor.clock(), screen) {}

Task<bool> LineClient::start() {
    const Result<void> connected = co_await session_.connect();
    if (connected) co_return true;
    notices_.no_server(connected.error());
    co_return false;
}

std::string LineClient::prompt() const {
    return question_ ? replace_question(question_->place) : prompt_text(token_);
}

bool LineClient::may_be_kept(std::string_view line) const {
    if (question_) return false;
    const auto read = read_line_request(document_, line);
    const auto* asked = std::get_if<LineRequest>(&read);
    return asked && asked->command->action != ClassicAction::authenticate &&
           asked->command->action != ClassicAction::register_user;
}

std::optional<Token> LineClient::token_for(const ClassicCommand& command) const {
    if (command.action == ClassicAction::authenticate) return std::nullopt;
    // A connection that did not log in knows nobody: then the token has to say who asks.
    if (!command.names_token && session_.connection_number() == login_connection_) return std::nullopt;
    return token_;
}

Task<LineClient::Then> LineClient::handle(std::string line) {
    if (question_) {
        co_await answer_question(line);
        co_return Then::next_line;
    }
    auto read = read_line_request(document_, line);
    if (const auto* mistake = std::get_if<LineMistake>(&read)) {
        screen_.print(mistake_text(document_, *mistake));
        co_return Then::next_line;
    }
    LineRequest& asked = std::get<LineRequest>(read);
    const bool leaves = asked.command->action == ClassicAction::exit;
    if (asked.command->login_first && !token_) {
        screen_.print(not_authorized_text);
        co_return Then::next_line;
    }
    if (leaves && !token_) {
        screen_.print(exit_text);
        co_return Then::end;
    }
    if (asked.command->action == ClassicAction::get_file)
        co_await download(std::move(asked));
    else
        co_await carry_out(std::move(asked));
    if (!leaves) co_return Then::next_line;
    // With or without a logout.
    screen_.print(exit_text);
    co_return Then::end;
}

Task<void> LineClient::carry_out(LineRequest asked) {
    asked.request.token = token_for(*asked.command);
    if (carries_file(asked.request)) {
        // Its size, and whether it is there at all, is for here to know.
        Command request = asked.request;
        const std::optional<ServerSession::Exchange> exchange = co_await transfers_.send(std::move(request));
        if (exchange) judge(asked, *exchange);
        co_return;
    }
    const ServerSession::Exchange exchange = co_await session_.ask(asked.request);
    judge(asked, exchange);
}

Task<void> LineClient::download(LineRequest asked) {
    std::optional<std::string> place = FolderTransfers::place_for(asked.subject);
    if (!place) {
        screen_.print(error_line("nama file tidak sah: " + asked.subject));
        co_return;
    }
    Download wanted{std::move(asked), std::move(*place)};
    if (!transfers_.is_taken(wanted.place)) {
        co_await fetch(std::move(wanted), false);
    } else if (screen_.is_watched()) {
        question_ = std::move(wanted);
    } else {
        screen_.print(error_line(wanted.place + " sudah ada"));
    }
}

Task<void> LineClient::fetch(Download download, bool replace) {
    Command request = download.asked.request;
    request.token = token_;
    const std::optional<ServerSession::Exchange> exchange =
        co_await transfers_.fetch(std::move(request), download.place, replace);
    if (exchange) judge(download.asked, *exchange);
}

Task<void> LineClient::answer_question(std::string_view line) {
    Download download = std::move(*question_);
    question_.reset();
    if (is_yes(line))
        co_await fetch(std::move(download), true);
    else
        screen_.print(not_replaced_text);
}

void LineClient::judge(const LineRequest& asked, const ServerSession::Exchange& exchange) {
    const std::string_view word = asked.command->word;
    if (const auto* answered = std::get_if<ServerSession::Answered>(&exchange)) {
        take(asked, *answered);
    } else if (const auto* unknown = std::get_if<ServerSession::FateUnknown>(&exchange)) {
        if (trace_ && !unknown->received.empty())
            screen_.print(traced_answer(document_.read_bytes, unknown->received, false));
        notices_.fate_unknown(word, unknown->loss);
    } else if (const auto* failed = std::get_if<ServerSession::FileFailed>(&exchange)) {
        screen_.print(error_line(failed->error.what));
    } else {
        notices_.not_sent(word);
    }
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
