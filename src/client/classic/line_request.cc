#include "client/classic/line_request.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/check.h"
#include "client/classic/printable.h"
#include "client/classic/python_text.h"
#include "dialects/line_dialect.h"
#include "wire/json_reader.h"
#include "wire/words.h"

namespace obrol {
namespace {

using Body = decltype(Command::body);

struct Arguments {
    Body body;
    std::string subject;
};

std::optional<Arguments> read_authenticate(WordReader& words) {
    const auto user = words.next_word();
    const auto password = words.next_word();
    if (!password) return std::nullopt;
    return Arguments{Authenticate{std::string(*user), std::string(*password)}, std::string(*user)};
}

std::optional<Arguments> read_send(WordReader& words) {
    const auto recipients = words.next_word();
    const std::string_view text = words.rest_text();
    if (!recipients || blank_only(text)) return std::nullopt;
    SendMessage send;
    send.to = parse_address_list(*recipients);
    if (send.to.empty()) return std::nullopt;
    send.text = text;
    return Arguments{std::move(send), std::string(*recipients)};
}

std::optional<Arguments> read_arguments(ClassicAction action, WordReader& words) {
    switch (action) {
        case ClassicAction::authenticate:
            return read_authenticate(words);
        case ClassicAction::send:
            return read_send(words);
        case ClassicAction::inbox:
            return Arguments{FetchInbox{}, {}};
        case ClassicAction::online:
            return Arguments{ListOnline{}, {}};
        case ClassicAction::logout:
        case ClassicAction::exit:  // document 001: it logs out, then leaves
            return Arguments{Logout{}, {}};
    }
    OBROL_CHECK(false);
    return std::nullopt;
}

std::string member_text(std::string_view member, std::string_view answer) {
    const auto value = read_json(answer.substr(0, answer.size() - end_of_answer.size()), JsonLimits{answer.size()});
    const JsonValue* const shown = value ? value->find(member) : nullptr;
    return python_json(shown ? *shown : JsonValue());
}

}  // namespace

std::variant<LineRequest, LineMistake> read_line_request(const ClassicDocument& document, std::string_view line) {
    WordReader words(line);
    const auto word = words.next_word();
    const auto command = std::find_if(document.commands.begin(), document.commands.end(),
                                      [&](const ClassicCommand& candidate) { return candidate.word == word; });
    if (command == document.commands.end()) return LineMistake::unknown_command;
    std::optional<Arguments> arguments = read_arguments(command->action, words);
    if (!arguments) return LineMistake::missing_argument;
    return LineRequest{&*command, Command{std::nullopt, std::move(arguments->body)}, std::move(arguments->subject)};
}

std::string_view mistake_text(const ClassicDocument& document, LineMistake mistake) {
    return mistake == LineMistake::missing_argument ? document.missing_argument : document.unknown_command;
}

std::string prompt_text(const std::optional<Token>& token) {
    return fmt::format("Command {}:", token ? token->to_string() : "");
}

std::string error_text(const ClassicDocument& document, const Refused& refused) {
    const bool reworded = refused.why == ChatError::wrong_password;
    return fmt::format("Error, {}", reworded ? std::string(document.wrong_password) : printable(refused.subject));
}

std::optional<std::string> answer_text(const ClassicDocument& document, const LineRequest& asked, const Reply& reply,
                                       std::string_view answer) {
    if (const auto* refused = std::get_if<Refused>(&reply)) return error_text(document, *refused);
    switch (asked.command->action) {
        case ClassicAction::authenticate:
            return fmt::format("username {} logged in, token {}", asked.subject,
                               std::get<SessionStarted>(reply).token.to_string());
        case ClassicAction::send:
            return fmt::format("message sent to {}", asked.subject);
        case ClassicAction::exit:
            return std::nullopt;  // the answer is the logout's, and nobody waits for it
        case ClassicAction::inbox:
        case ClassicAction::online:
        case ClassicAction::logout:
            return member_text(asked.command->shown_member, answer);
    }
    OBROL_CHECK(false);
    return std::nullopt;
}

std::string traced_send(const Command& send) {
    const auto& body = std::get<SendMessage>(send.body);
    std::string to;
    for (const Address& address : body.to)
        to.append(to.empty() ? "" : ",").append(to_string(address));
    return fmt::format("send {} {} {}\n", send.token ? send.token->to_string() : "", to, body.text);
}

std::string traced_answer(std::size_t read_bytes, std::string_view received, bool whole) {
    std::string text;
    for (std::size_t start = 0; start < received.size(); start += read_bytes) {
        if (start > 0) text += '\n';
        text.append("diterima dari server ").append(python_bytes(received.substr(start, read_bytes)));
    }
    if (whole) text += "\nend of string";
    return text;
}

}  // namespace obrol
