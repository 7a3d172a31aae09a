#include "client/classic/line_request.h"

#include <algorithm>
#include <charconv>
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

std::optional<Arguments> read_register(WordReader& words) {
    const auto user = words.next_word();
    const auto password = words.next_word();
    if (!password) return std::nullopt;
    Register request;
    request.user = *user;
    request.password = *password;
    return Arguments{std::move(request), std::string(*user)};
}

Place group_place(std::string_view id) {
    return Place{Place::Kind::group, parse_address(id.substr(id.starts_with('#') ? 1 : 0))};
}

std::optional<Arguments> read_send_to_group(WordReader& words) {
    const auto group = words.next_word();
    const std::string_view text = words.rest_text();
    if (!group || blank_only(text)) return std::nullopt;
    return Arguments{SendToGroup{group_place(*group), std::string(text), std::nullopt}, std::string(*group)};
}

// A path here, or the name of a file there; may have blanks inside.
std::optional<std::string> read_file_name(WordReader& words) {
    constexpr std::string_view blanks = " \t";
    const std::string_view text = words.rest_text();
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return std::nullopt;
    return std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

// The size is that of the file which is found at the path.
std::optional<Arguments> read_send_file(WordReader& words, Place (*place)(std::string_view)) {
    const auto to = words.next_word();
    auto path = to ? read_file_name(words) : std::nullopt;
    if (!path) return std::nullopt;
    SendFile send;
    send.to = place(*to);
    send.name = std::move(*path);
    send.into_folder = true;
    return Arguments{std::move(send), std::string(*to)};
}

std::optional<Arguments> read_put_file(WordReader& words) {
    auto path = read_file_name(words);
    if (!path) return std::nullopt;
    return Arguments{PutFile{std::move(*path), 0}, {}};
}

std::optional<Arguments> read_get_file(WordReader& words) {
    auto name = read_file_name(words);
    if (!name) return std::nullopt;
    return Arguments{GetFolderFile{*name}, *name};
}

std::optional<Arguments> read_create_group(WordReader& words) {
    const auto id = words.next_word();
    const auto members = words.next_word();
    if (!members) return std::nullopt;
    CreateGroup create;
    create.id = *id;
    create.members = parse_address_list(*members);
    if (create.members.empty()) return std::nullopt;
    return Arguments{std::move(create), std::string(*id)};
}

std::optional<Arguments> read_add_server(WordReader& words) {
    const auto label = words.next_word();
    const auto host = words.next_word();
    const auto port = words.next_word();
    if (!port) return std::nullopt;
    AddServer add{std::string(*label), std::string(*host), 0};
    // A port that is none goes to the server as 0, which it refuses in its own words.
    const auto [end, error] = std::from_chars(port->data(), port->data() + port->size(), add.port);
    if (error != std::errc() || end != port->data() + port->size()) add.port = 0;
    return Arguments{std::move(add), std::string(*label)};
}

template <class Request>
std::optional<Arguments> read_of_server(WordReader& words) {
    const auto label = words.next_word();
    if (!label) return std::nullopt;
    return Arguments{Request{std::string(*label)}, std::string(*label)};
}

Place user_place(std::string_view name) {
    return Place{Place::Kind::user, parse_address(name)};
}

std::optional<Arguments> read_arguments(ClassicAction action, WordReader& words) {
    switch (action) {
        case ClassicAction::authenticate:
            return read_authenticate(words);
        case ClassicAction::send:
            return read_send(words);
        case ClassicAction::register_user:
            return read_register(words);
        case ClassicAction::send_to_group:
            return read_send_to_group(words);
        case ClassicAction::send_file:
            return read_send_file(words, user_place);
        case ClassicAction::send_file_to_group:
            return read_send_file(words, group_place);
        case ClassicAction::put_file:
            return read_put_file(words);
        case ClassicAction::get_file:
            return read_get_file(words);
        case ClassicAction::create_group:
            return read_create_group(words);
        case ClassicAction::add_server:
            return read_add_server(words);
        case ClassicAction::connect_server:
            return read_of_server<ConnectServer>(words);
        case ClassicAction::disconnect_server:
            return read_of_server<DisconnectServer>(words);
        case ClassicAction::list_servers:
            return Arguments{ListServers{}, {}};
        case ClassicAction::list_folder:
            return Arguments{ListFolder{}, {}};
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

// The member of the answer; null where there is none.
JsonValue member_of(std::string_view member, std::string_view answer) {
    const auto value = read_json(answer.substr(0, answer.size() - end_of_answer.size()), JsonLimits{answer.size()});
    const JsonValue* const found = value ? value->find(member) : nullptr;
    return found ? *found : JsonValue();
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
    return error_line(reworded ? document.wrong_password : std::string_view(refused.subject));
}

std::optional<std::string> answer_text(const ClassicDocument& document, const LineRequest& asked, const Reply& reply,
                                       std::string_view answer) {
    if (const auto* refused = std::get_if<Refused>(&reply)) return error_text(document, *refused);
    const ClassicCommand& command = *asked.command;
    if (!command.shown_member.empty()) return python_json(member_of(command.shown_member, answer));
    if (!command.spoken_member.empty()) {
        const JsonValue words = member_of(command.spoken_member, answer);
        return words.as_string() ? printable(*words.as_string()) : python_json(words);
    }
    if (command.action == ClassicAction::authenticate)
        return fmt::format("username {} logged in, token {}", asked.subject,
                           std::get<SessionStarted>(reply).token.to_string());
    if (command.action == ClassicAction::send) return fmt::format("message sent to {}", asked.subject);
    // The answer to an `exit` is the logout's, and nobody waits for it.
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
