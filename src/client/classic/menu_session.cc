#include "client/classic/menu_session.h"

#include <fmt/format.h>
#include <utility>

#include "client/classic/line_request.h"
#include "client/classic/menu_texts.h"
#include "client/classic/printable.h"
#include "dialects/json_texts.h"
#include "dialects/line_dialect.h"
#include "dialects/py_chat/py_chat.h"
#include "wire/json_reader.h"

namespace obrol {
namespace {

// What the original reads at a time (PROTOCOLS.md: What the original clients send and read).
constexpr std::size_t read_bytes = 1024;

ServerSession::Options with_dialect(ServerSession::Options options) {
    options.make_dialect = py_chat::make_client;
    return options;
}

// The member "message" of the answer with which the text ends; a greeting may stand before it.
std::string message_of(std::string_view text) {
    text.remove_suffix(std::min(text.size(), end_of_answer.size()));
    if (const std::size_t greeting = text.rfind(end_of_answer); greeting != std::string_view::npos)
        text.remove_prefix(greeting + end_of_answer.size());
    const auto answer = read_json(text, JsonLimits{text.size()});
    return answer ? text_of(*answer, "message") : std::string();
}

bool login_is_of_no_use(ChatError why) {
    return why == ChatError::unknown_user || why == ChatError::wrong_password || why == ChatError::account_disabled;
}

}  // namespace

MenuSession::MenuSession(ServerSession::Parts parts, ServerSession::Options options, bool trace,
                         ClassicClient::Screen& screen, std::move_only_function<void()> on_connected_again)
    : trace_(trace),
      screen_(screen),
      notices_(indonesian_notices, options.server, screen),
      on_connected_again_(std::move(on_connected_again)),
      session_(parts, with_dialect(std::move(options)), *this) {}

Task<bool> MenuSession::start() {
    const Result<void> connected = co_await session_.connect();
    if (connected) co_return true;
    notices_.no_server(connected.error());
    co_return false;
}

bool MenuSession::must_log_in_again() const {
    return login_ && session_.is_connected() && session_.connection_number() != login_connection_;
}

Task<bool> MenuSession::be_ready(std::string_view word) {
    const bool connected = co_await session_.wait_for_server();
    if (!connected) {
        notices_.not_sent(word);
        co_return false;
    }
    if (!must_log_in_again()) co_return true;
    const bool logged_in = co_await log_in_again(word);
    co_return logged_in;
}

Task<bool> MenuSession::log_in_again(std::string_view word) {
    Command command{std::nullopt, *login_};
    const ServerSession::Exchange exchange = co_await session_.ask(std::move(command));
    const auto* answered = std::get_if<ServerSession::Answered>(&exchange);
    if (!answered) {
        notices_.not_sent(word);
        co_return false;
    }
    if (trace_) screen_.print(traced_answer(read_bytes, answered->text, true));
    if (const auto* refused = std::get_if<Refused>(&answered->reply)) {
        screen_.notice(fmt::format("Tidak dapat masuk lagi sebagai {}: {}", login_->user, printable(refused->subject)));
        if (login_is_of_no_use(refused->why)) login_.reset();
        co_return false;
    }
    login_connection_ = session_.connection_number();
    screen_.notice(fmt::format("Masuk lagi sebagai {}", login_->user));
    co_return true;
}

Task<std::optional<MenuSession::Answer>> MenuSession::ask(std::string_view word, Body body) {
    const bool ready = co_await be_ready(word);
    if (!ready) co_return std::nullopt;
    Command command{std::nullopt, std::move(body)};
    const ServerSession::Exchange exchange = co_await session_.ask(std::move(command));
    co_return judge(word, exchange);
}

Task<std::optional<MenuSession::Answer>> MenuSession::log_in(std::string_view word, Authenticate login) {
    Body body = login;
    std::optional<Answer> answer = co_await ask(word, std::move(body));
    if (answer) {
        login_ = std::move(login);
        login_connection_ = session_.connection_number();
    }
    co_return answer;
}

Task<std::optional<MenuSession::Answer>> MenuSession::log_out(std::string_view word) {
    Body body = Logout();
    std::optional<Answer> answer = co_await ask(word, std::move(body));
    if (answer) login_.reset();
    co_return answer;
}

Task<ServerSession::Exchange> MenuSession::send_file(SendFile request, FileSource& file) {
    Command command{std::nullopt, std::move(request)};
    return session_.send_file(std::move(command), file);
}

Task<ServerSession::Exchange> MenuSession::get_file(GetFile request, FileSink& file) {
    Command command{std::nullopt, std::move(request)};
    return session_.get_file(std::move(command), file);
}

std::optional<MenuSession::Answer> MenuSession::judge(std::string_view word, const ServerSession::Exchange& exchange) {
    if (const auto* answered = std::get_if<ServerSession::Answered>(&exchange)) {
        if (trace_) screen_.print(traced_answer(read_bytes, answered->text, true));
        const auto* refused = std::get_if<Refused>(&answered->reply);
        if (!refused) return Answer{answered->reply, message_of(answered->text)};
        screen_.print(error_line(refused->subject));
        // The session has ended elsewhere.
        if (refused->why == ChatError::not_authorized) login_.reset();
    } else if (const auto* unknown = std::get_if<ServerSession::FateUnknown>(&exchange)) {
        if (trace_ && !unknown->received.empty()) screen_.print(traced_answer(read_bytes, unknown->received, false));
        notices_.fate_unknown(word, unknown->loss);
    } else if (const auto* failed = std::get_if<ServerSession::FileFailed>(&exchange)) {
        screen_.print(error_line(failed->error.what));
    } else {
        notices_.not_sent(word);
    }
    return std::nullopt;
}

void MenuSession::on_connected_again() {
    notices_.connected_again();
    on_connected_again_();
}

void MenuSession::on_sent(const Command& command, std::string_view text) {
    // Passwords are not for looking over somebody's shoulder.
    const bool is_secret =
        std::holds_alternative<Authenticate>(command.body) || std::holds_alternative<Register>(command.body);
    if (!trace_ || is_secret) return;
    screen_.print(std::string(text.substr(0, text.find_last_not_of("\r\n") + 1)) + '\n');
}

}  // namespace obrol
