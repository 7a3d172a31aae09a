#include "dialects/protokol_chat/requests.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "dialects/word_requests.h"
#include "model/name.h"

namespace obrol::protokol_chat {
namespace {

using Body = WordRequest::Body;

constexpr std::string_view blanks = " \t";

// The whole text is a number.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool looks_like_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_blanks_around(std::string_view text) {
    const std::size_t begin = std::min(text.size(), text.find_first_not_of(blanks));
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// "lab" or "#lab", each perhaps with "@server".
Place group_place(std::string_view text) {
    return Place{Place::Kind::group, parse_address(text.substr(text.starts_with('#') ? 1 : 0))};
}

// The name of a file is the last argument and may have blanks inside, so that every file of a folder can be named; a
// number behind it is its size.
struct NamedFile {
    std::string_view name;
    std::optional<std::string_view> size;
};

std::optional<NamedFile> read_file(WordReader& arguments) {
    const std::string_view text = without_blanks_around(arguments.rest_text());
    if (text.empty()) return std::nullopt;
    const std::size_t divider = text.find_last_of(blanks);
    if (divider == std::string_view::npos || !looks_like_number(text.substr(divider + 1)))
        return NamedFile{text, std::nullopt};
    return NamedFile{without_blanks_around(text.substr(0, divider)), text.substr(divider + 1)};
}

std::optional<Body> read_file_for(Place to, WordReader& arguments) {
    const std::optional<NamedFile> file = read_file(arguments);
    if (!file) return std::nullopt;
    if (!file->size) return SendFolderFile{std::move(to), std::string(file->name)};
    const auto size = parse_number<std::uint64_t>(*file->size);
    if (!size) return Refuse{ChatError::bad_file_size, true};
    SendFile send{std::move(to), std::string(file->name), *size, std::nullopt};
    send.into_folder = true;
    return send;
}

std::optional<Body> read_register(WordReader& arguments) {
    const auto user = arguments.next_word();
    const auto password = arguments.next_word();
    if (!password) return std::nullopt;
    Register request;
    request.user = *user;
    request.password = *password;
    return request;
}

// "sendserver B messi  halo", which the document's client makes of "send messi@B halo".
std::optional<Body> read_sendserver(WordReader& arguments) {
    const auto server = arguments.next_word();
    std::optional<Body> body = read_padded_send(arguments);
    if (!body) return std::nullopt;
    for (Address& address : std::get<SendMessage>(*body).to)
        if (address.server.empty()) address.server = *server;
    return body;
}

// The text is as it came: read_request() cuts it.
std::optional<Body> read_sendgroup(WordReader& arguments) {
    const auto group = arguments.next_word();
    if (!group) return std::nullopt;
    return SendToGroup{group_place(*group), std::string(arguments.rest_text()), std::nullopt, true};
}

std::optional<Body> read_sendfile(WordReader& arguments) {
    const auto to = arguments.next_word();
    if (!to) return std::nullopt;
    return read_file_for(Place{Place::Kind::user, parse_address(*to)}, arguments);
}

std::optional<Body> read_sendfilegroup(WordReader& arguments) {
    const auto group = arguments.next_word();
    if (!group) return std::nullopt;
    return read_file_for(group_place(*group), arguments);
}

std::optional<Body> read_putfile(WordReader& arguments) {
    const std::optional<NamedFile> file = read_file(arguments);
    if (!file) return std::nullopt;
    const bool is_one_word = file->name.find_first_of(blanks) == std::string_view::npos;
    if (!file->size && is_one_word) return std::nullopt;
    const auto size = file->size ? parse_number<std::uint64_t>(*file->size) : std::nullopt;
    if (!size) return Refuse{ChatError::bad_file_size, true};
    return PutFile{std::string(file->name), *size};
}

std::optional<Body> read_getfile(WordReader& arguments) {
    const std::string_view name = without_blanks_around(arguments.rest_text());
    if (name.empty()) return std::nullopt;
    return GetFolderFile{std::string(name)};
}

std::optional<Body> read_creategroup(WordReader& arguments) {
    const auto id = arguments.next_word();
    const auto members = arguments.next_word();
    if (!members) return std::nullopt;
    CreateGroup create;
    create.id = id->substr(id->starts_with('#') ? 1 : 0);
    create.members = parse_address_list(*members);
    if (create.id.empty() || create.members.empty()) return std::nullopt;
    return create;
}

std::optional<Body> read_addserver(WordReader& arguments) {
    const auto label = arguments.next_word();
    const auto host = arguments.next_word();
    const auto port = arguments.next_word();
    if (!port) return std::nullopt;
    const auto number = parse_number<std::uint16_t>(*port);
    if (!number || *number == 0) return Refuse{ChatError::bad_server, true};
    return AddServer{std::string(*label), std::string(*host), *number};
}

// Requests that name a server and nothing else.
template <class Request>
std::optional<Body> read_of_server(WordReader& arguments) {
    const auto label = arguments.next_word();
    if (!label) return std::nullopt;
    return Request{std::string(*label)};
}

constexpr WordRequest requests[] = {
    {"auth", false, read_authenticate},
    {"logout", true, read_nothing<Logout>},
    {"register", false, read_register},
    {"send", true, read_padded_send},
    {"sendserver", true, read_sendserver},
    {"sendgroup", true, read_sendgroup},
    {"sendfile", true, read_sendfile},
    {"sendfilegroup", true, read_sendfilegroup},
    {"inbox", true, read_nothing<FetchInbox>},
    {"creategroup", true, read_creategroup},
    {"addserver", true, read_addserver},
    {"connect", true, read_of_server<ConnectServer>},
    {"disconnect", true, read_of_server<DisconnectServer>},
    {"servers", true, read_nothing<ListServers>},
    {"putfile", true, read_putfile},
    {"getfile", true, read_getfile},
    {"files", true, read_nothing<ListFolder>},
};

// COMPAT: the client of document 004 names its server between the group and the text, which it pads with two blanks:
// "sendgroup T lab A  halo". A word is taken for that only where it is this server's label with two blanks behind it,
// in a request with a token: whoever writes by hand loses no word of his text.
std::string_view without_own_server(std::string_view text, std::string_view own_server) {
    const std::string_view word = text.substr(0, own_server.size());
    if (own_server.empty() || name_key(word) != name_key(own_server)) return text;
    const std::string_view rest = text.substr(word.size());
    return rest.starts_with("  ") ? rest.substr(1) : text;
}

}  // namespace

Command read_request(std::string_view line, std::string_view own_server) {
    Command command = read_word_request(line, requests);
    auto* post = std::get_if<SendToGroup>(&command.body);
    if (!post) return command;
    std::string_view text = post->text;
    if (command.token) text = without_own_server(text, own_server);
    if (blank_only(text))
        command.body = Refuse{ChatError::missing_argument, true};
    else
        post->text = std::string(drop_padding_blank(text));
    return command;
}

}  // namespace obrol::protokol_chat
