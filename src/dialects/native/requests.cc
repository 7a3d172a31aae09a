#include "dialects/native/requests.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>

#include "dialects/native/readers.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace obrol::native {
namespace {

using About = Asked::About;

struct Entry {
    std::string_view word;
    bool login_first;
    std::optional<Body> (*read)(Arguments&);
    std::string_view usage;
    std::string_view meaning;
    About about = About::other;
};

constexpr Entry requests[] = {
    {"hello", false, read_plain<Hello>, "hello", "what this server is and allows"},
    {"help", false, read_plain<Ping>, "help", "these lines", About::help},
    {"register", false, read_register, "register USER PASSWORD [invitation CODE] [COUNTRY [NAME]]", "make an account"},
    {"auth", false, read_auth, "auth USER PASSWORD", "log in"},
    {"resume", true, read_plain<Resume>, "resume TOKEN", "go on with an earlier login"},
    {"logout", true, read_plain<Logout>, "logout", "end the login"},
    {"whoami", true, read_plain<WhoAmI>, "whoami", "who is logged in here"},
    {"passwd", true, read_passwd, "passwd OLD NEW", "change the password"},
    {"profile", true, read_profile, "profile name|country TEXT", "change what others see of you"},
    {"sessions", true, read_plain<ListSessions>, "sessions", "where you are logged in"},
    {"revoke", true, read_revoke, "revoke ID|others|all", "end logins of yours"},
    {"send", true, read_send, "send USER[,USER]|#GROUP TEXT", "send a message"},
    {"inbox", true, read_plain<FetchInbox>, "inbox", "what has not been fetched yet"},
    {"notif", true, read_plain<ListUnread>, "notif", "the same, and it stays in the inbox"},
    {"history", true, read_history, "history USER|#GROUP [before SEQ] [limit N]", "what was written"},
    {"read", true, read_read, "read USER|#GROUP SEQ", "note how far you have read"},
    {"list", true, read_plain<ListOnline>, "list", "who is online"},
    {"listen", true, read_listen, "listen on [brief]|off", "hear of messages as they come"},
    {"contacts", true, read_plain<ListContacts>, "contacts", "your contacts, and who of them is online"},
    {"addcontact", true, read_addcontact, "addcontact USER[,USER]", "keep somebody as a contact"},
    {"delcontact", true, read_delcontact, "delcontact USER[,USER]", "keep him no longer"},
    {"block", true, read_block, "block USER", "refuse messages from somebody"},
    {"unblock", true, read_unblock, "unblock USER", "accept them again"},
    {"requests", true, read_plain<ListRequests>, "requests", "strangers on other servers who have written to you"},
    {"accept", true, read_accept, "accept USER", "let one of them write; 'block' is the other answer"},
    {"creategroup", true, read_creategroup, "creategroup ID [USER,USER] [name NAME]", "make a group"},
    {"groups", true, read_plain<ListGroups>, "groups", "the groups you are in, and their codes"},
    {"members", true, read_members, "members GROUP", "who is in a group"},
    {"joingroup", true, read_joingroup, "joingroup CODE[@SERVER]", "come into a group whose code you know"},
    {"leavegroup", true, read_leavegroup, "leavegroup GROUP", "leave it"},
    {"sendgroup", true, read_sendgroup, "sendgroup GROUP TEXT", "send a message to its members"},
    {"invite", true, read_invite, "invite GROUP USER[,USER]", "admins: bring somebody in"},
    {"kick", true, read_kick, "kick GROUP USER", "admins: put a member out"},
    {"ban", true, read_ban, "ban GROUP USER", "admins: and keep him out"},
    {"unban", true, read_unban, "unban GROUP USER", "admins: let him come back"},
    {"newcode", true, read_newcode, "newcode GROUP", "admins: a new code in the place of the old one"},
    {"promote", true, read_promote, "promote GROUP USER [owner|admin|member]", "owner: give somebody a role"},
    {"sendfile", true, read_sendfile, "sendfile USER|#GROUP NAME SIZE [eager]", "send a file; its bytes come next"},
    {"getfile", true, read_getfile, "getfile CODE [OFFSET]", "fetch a file"},
    {"files", true, read_files, "files [USER|#GROUP]", "the files you can fetch"},
    {"folder", true, read_plain<ListFolder>, "folder", "the files in your folder"},
    {"putfile", true, read_putfile, "putfile NAME SIZE", "put a file there; its bytes come next"},
    {"getfolderfile", true, read_getfolderfile, "getfolderfile NAME", "fetch a file from there"},
    {"sendfolderfile", true, read_sendfolderfile, "sendfolderfile USER|#GROUP NAME", "send one to other folders"},
    {"servers", true, read_plain<ListServers>, "servers", "the other servers that this one knows"},
    {"addserver", true, read_addserver, "addserver SERVER HOST PORT", "make another server known"},
    {"connect", true, read_connect, "connect SERVER", "keep a link to it from now on"},
    {"disconnect", true, read_disconnect, "disconnect SERVER", "until then nothing goes there or comes from there"},
    {"ping", false, read_plain<Ping>, "ping", "a sign of life"},
    {"exit", false, read_plain<Ping>, "exit", "end the connection, stay logged in", About::exit},
};

const Entry* find_entry(std::string_view word) {
    const auto found =
        std::find_if(std::begin(requests), std::end(requests), [&](const Entry& entry) { return entry.word == word; });
    return found == std::end(requests) ? nullptr : found;
}

Request refuse(ChatError why) {
    return Request{Command{std::nullopt, Refuse{why, false}}, {}};
}

// Only the dialect knows how its events look, so the command does not say it.
std::optional<About> about_listening(const Listen& listen, Arguments& arguments) {
    if (!listen.on) return About::listen_off;
    const std::optional<bool> is_brief = arguments.flag("brief");
    if (!is_brief) return std::nullopt;
    return *is_brief ? About::listen_on_brief : About::listen_on;
}

Request read_request(const Entry& entry, Arguments& arguments, std::optional<Token> token) {
    Request request;
    request.command.token = token;
    std::optional<Body> body = entry.read(arguments);
    const auto* listen = body ? std::get_if<Listen>(&*body) : nullptr;
    const std::optional<About> about = listen ? about_listening(*listen, arguments) : entry.about;
    if (!body || !about) {
        request.command.body = Refuse{ChatError::missing_argument, entry.login_first};
        return request;
    }
    request.asked.about = *about;
    if (const auto* file = std::get_if<SendFile>(&*body); file && file->eager)
        request.asked.about = About::eager_upload;
    request.command.body = std::move(*body);
    return request;
}

// "client:number"; the last colon divides.
std::optional<IdempotencyKey> parse_key(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto number = parse_number(text.substr(colon + 1));
    if (!number) return std::nullopt;
    return IdempotencyKey{std::string(text.substr(0, colon)), *number};
}

// Where the request has its key; null: it takes none.
std::optional<IdempotencyKey>* key_of(Body& body) {
    return std::visit(
        [](auto& request) -> std::optional<IdempotencyKey>* {
            if constexpr (requires { request.key; })
                return &request.key;
            else
                return nullptr;
        },
        body);
}

// Of a request that was refused unseen: what its client sends behind it all the same.
std::uint64_t useless_bytes(const Entry& entry, Arguments& arguments) {
    if (entry.read != read_sendfile || arguments.flag("eager") != true) return 0;
    return read_size(arguments).value_or(0);
}

// The id as it came, to be repeated; only a text or an integer can be one.
std::optional<std::string> id_text(const JsonValue& id) {
    std::string text;
    JsonWriter json(text, JsonStyle::compact);
    if (const std::string* name = id.as_string())
        json.string(*name);
    else if (const auto number = id.as_integer())
        json.integer(*number);
    else
        return std::nullopt;
    return text;
}

Request read_members_of(const Entry& entry, MemberArguments& arguments) {
    std::optional<Token> token;
    const std::optional<std::string> token_text = arguments.text("token");
    if (token_text) token = Token::parse(*token_text);
    Request request = read_request(entry, arguments, token);
    // What looks like no token belongs to no session.
    if (token_text && !token) request.command.body = Refuse{ChatError::not_authorized, false};
    if (auto* key = key_of(request.command.body); key && arguments.has("key")) {
        *key = parse_key(arguments.text("key").value_or(""));
        if (!*key) request.command.body = Refuse{ChatError::bad_argument, true};
    }
    return request;
}

}  // namespace

Request read_words(std::string_view line) {
    WordReader reader(line);
    const auto word = reader.next_word();
    const Entry* entry = word ? find_entry(*word) : nullptr;
    if (!entry) return refuse(ChatError::unknown_command);
    std::optional<Token> token;
    if (entry->login_first) {
        WordReader ahead = reader;
        if (const auto first = ahead.next_word()) token = Token::parse(*first);
        if (token) reader = ahead;
    }
    WordArguments arguments(reader);
    return read_request(*entry, arguments, token);
}

Request read_object(std::string_view line) {
    const auto object = read_json(line, JsonLimits{line.size()});
    if (!object || !object->as_object()) return refuse(ChatError::bad_json);
    MemberArguments arguments(*object);
    const std::optional<std::string> word = arguments.text("cmd");
    const Entry* entry = word ? find_entry(*word) : nullptr;
    Request request = entry ? read_members_of(*entry, arguments) : refuse(ChatError::unknown_command);
    if (const JsonValue* id = object->find("id")) {
        std::optional<std::string> text = id_text(*id);
        if (!text) request.command.body = Refuse{ChatError::bad_argument, false};
        request.asked.id = std::move(text).value_or("");
    }
    if (std::holds_alternative<Refuse>(request.command.body)) {
        request.asked.about = About::other;
        request.useless_bytes = entry ? useless_bytes(*entry, arguments) : 0;
    }
    return request;
}

std::string_view help_text() {
    static const std::string text = [] {
        std::string lines;
        for (const Entry& entry : requests)
            lines += fmt::format("{}{:<44} {}", lines.empty() ? "" : "\n", entry.usage, entry.meaning);
        return lines;
    }();
    return text;
}

}  // namespace obrol::native
