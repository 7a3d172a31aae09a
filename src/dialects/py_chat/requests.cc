#include "dialects/py_chat/requests.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "dialects/json_texts.h"
#include "wire/json_reader.h"
#include "wire/words.h"

namespace obrol::py_chat {
namespace {

using Body = decltype(Command::body);
using Parsed = Result<Body, ChatError>;

constexpr std::string_view blanks = " \t";

struct NamedFile {
    std::string name;
    std::optional<std::uint64_t> size;  // none: no size of a file
};

// The arguments of a request in either form, by the names of the JSON form.
class Arguments {
  public:
    virtual ~Arguments() = default;
    // None: missing, or no text.
    virtual std::optional<std::string> one(std::string_view name) = 0;
    // The last argument of a line, with all its blanks.
    virtual std::optional<std::string> text(std::string_view name) = 0;
    // The last argument of a line, without blanks around it.
    virtual std::optional<std::string> title(std::string_view name) = 0;
    // All that are left; empty: missing.
    virtual std::vector<Address> names(std::string_view name) = 0;
    // The last two arguments of a line.
    virtual std::optional<NamedFile> file() = 0;
    // Where a download begins; 0 when it does not say. None: no number.
    virtual std::optional<std::uint64_t> offset() = 0;
    // How much of the history a GET asks for; none: for what was not fetched yet.
    virtual std::optional<std::uint32_t> history_entries() const = 0;
};

// Beyond 2^63 - 1 there are no sizes.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

class Words final : public Arguments {
  public:
    explicit Words(WordReader& reader) : reader_(reader) {}

    std::optional<std::string> one(std::string_view) override {
        const auto word = reader_.next_word();
        return word ? std::optional<std::string>(*word) : std::nullopt;
    }
    std::optional<std::string> text(std::string_view) override {
        const std::string_view text = reader_.rest_text();
        return blank_only(text) ? std::nullopt : std::optional<std::string>(text);
    }
    std::optional<std::string> title(std::string_view) override {
        const std::string_view text = trimmed(reader_.rest_text());
        return text.empty() ? std::nullopt : std::optional<std::string>(text);
    }
    std::vector<Address> names(std::string_view) override {
        std::vector<Address> addresses;
        while (const auto word = reader_.next_word())
            addresses.push_back(parse_address(*word));
        return addresses;
    }
    // The size is the last word, so that a name may have blanks.
    std::optional<NamedFile> file() override {
        const std::string_view text = trimmed(reader_.rest_text());
        const std::size_t blank = text.find_last_of(blanks);
        if (blank == std::string_view::npos) return std::nullopt;
        return NamedFile{std::string(trimmed(text.substr(0, blank))), parse_size(text.substr(blank + 1))};
    }
    std::optional<std::uint64_t> offset() override {
        const auto word = reader_.next_word();
        return word ? parse_size(*word) : 0;
    }
    std::optional<std::uint32_t> history_entries() const override { return std::nullopt; }

  private:
    WordReader& reader_;
};

class Members final : public Arguments {
  public:
    Members(const JsonValue& object, const PyChatLimits& limits) : object_(object), limits_(limits) {}

    std::optional<std::string> one(std::string_view name) override {
        std::string text = text_of(object_, name);
        return text.empty() ? std::nullopt : std::optional<std::string>(std::move(text));
    }
    std::optional<std::string> text(std::string_view name) override {
        std::optional<std::string> text = one(name);
        return text && !blank_only(*text) ? text : std::nullopt;
    }
    std::optional<std::string> title(std::string_view name) override { return text(name); }
    // A list; one name may also stand alone.
    std::vector<Address> names(std::string_view name) override {
        if (const auto alone = one(name)) return parse_address_list(*alone);
        std::vector<Address> addresses;
        for (const std::string& each : texts_of(object_, name))
            if (!each.empty()) addresses.push_back(parse_address(each));
        return addresses;
    }
    std::optional<NamedFile> file() override {
        std::optional<std::string> name = one("file_name");
        if (!name || !object_.find("file_size")) return std::nullopt;
        return NamedFile{std::move(*name), size("file_size")};
    }
    std::optional<std::uint64_t> offset() override { return object_.find("offset") ? size("offset") : 0; }
    std::optional<std::uint32_t> history_entries() const override { return limits_.history_entries; }

  private:
    // A number, or its digits as a text.
    std::optional<std::uint64_t> size(std::string_view name) const {
        const JsonValue* member = object_.find(name);
        if (const std::string* digits = member->as_string()) return parse_size(*digits);
        const std::optional<std::int64_t> number = member->as_integer();
        if (!number || *number < 0) return std::nullopt;
        return static_cast<std::uint64_t>(*number);
    }

    const JsonValue& object_;
    const PyChatLimits& limits_;
};

Failure<ChatError> missing() {
    return Failure<ChatError>(ChatError::missing_argument);
}

// Where the request is about a user or a group: the user's name, or the group's join code.
template <Place::Kind kind>
std::optional<Place> read_place(Arguments& arguments) {
    const auto name = arguments.one(kind == Place::Kind::user ? "p_username" : "code");
    if (!name) return std::nullopt;
    return Place{kind, kind == Place::Kind::user ? parse_address(*name) : Address{*name, {}}};
}

template <class Plain>
Parsed read_plain(Arguments&) {
    return Plain{};
}

Parsed read_register(Arguments& arguments) {
    Register request;
    const auto user = arguments.one("username");
    const auto password = arguments.one("password");
    const auto again = arguments.one("password-confirm");
    if (!user || !password || !again) return missing();
    if (*password != *again) return Failure<ChatError>(ChatError::passwords_differ);
    request.user = *user;
    request.password = *password;
    return request;
}

Parsed read_login(Arguments& arguments) {
    const auto user = arguments.one("username");
    const auto password = arguments.one("password");
    if (!user || !password) return missing();
    return Authenticate{*user, *password};
}

Parsed read_create(Arguments& arguments) {
    const auto name = arguments.title("group_name");
    if (!name) return missing();
    return CreateGroup{{}, *name, {}};
}

Parsed read_join(Arguments& arguments) {
    const auto code = arguments.one("code");
    if (!code) return missing();
    return JoinGroup{*code};
}

Parsed read_exit(Arguments& arguments) {
    auto group = read_place<Place::Kind::group_code>(arguments);
    if (!group) return missing();
    return LeaveGroup{std::move(*group)};
}

Parsed read_invite(Arguments& arguments) {
    auto group = read_place<Place::Kind::group_code>(arguments);
    std::vector<Address> who = arguments.names("user_list");
    if (!group || who.empty()) return missing();
    return InviteToGroup{std::move(*group), std::move(who)};
}

Parsed read_private_send(Arguments& arguments) {
    const auto to = arguments.one("p_username");
    const auto text = arguments.text("message");
    if (!to || !text) return missing();
    SendMessage send;
    send.to.push_back(parse_address(*to));
    send.text = *text;
    return send;
}

Parsed read_group_send(Arguments& arguments) {
    auto group = read_place<Place::Kind::group_code>(arguments);
    const auto text = arguments.text("message");
    if (!group || !text) return missing();
    return SendToGroup{std::move(*group), *text, std::nullopt};
}

template <Place::Kind kind>
Parsed read_get(Arguments& arguments) {
    auto with = read_place<kind>(arguments);
    if (!with) return missing();
    if (const auto entries = arguments.history_entries()) return FetchHistory{std::move(*with), std::nullopt, *entries};
    return FetchUnread{std::move(*with)};
}

template <Place::Kind kind>
Parsed read_send_file(Arguments& arguments) {
    auto to = read_place<kind>(arguments);
    auto file = arguments.file();
    if (!to || !file) return missing();
    if (!file->size) return Failure<ChatError>(ChatError::bad_file_size);
    SendFile send;
    send.to = std::move(*to);
    send.name = std::move(file->name);
    send.size = *file->size;
    return send;
}

template <Place::Kind kind>
Parsed read_get_file(Arguments& arguments) {
    auto in = read_place<kind>(arguments);
    const auto code = arguments.one("file_code");
    if (!in || !code) return missing();
    const auto offset = arguments.offset();
    if (!offset) return Failure<ChatError>(ChatError::bad_file_size);
    return GetFile{*code, std::move(in), *offset};
}

template <class Change>
Parsed read_contacts(Arguments& arguments) {
    std::vector<Address> who = arguments.names("contact_list");
    if (who.empty()) return missing();
    return Change{std::move(who)};
}

struct Entry {
    Keyword keyword;
    bool login_first;
    Parsed (*read)(Arguments&);
};

constexpr Place::Kind user = Place::Kind::user;
constexpr Place::Kind group = Place::Kind::group_code;

constexpr Entry requests[] = {
    {Keyword::auth_register, false, read_register},
    {Keyword::auth_login, false, read_login},
    {Keyword::auth_logout, true, read_plain<Logout>},
    {Keyword::group_create, true, read_create},
    {Keyword::group_get, true, read_plain<ListGroups>},
    {Keyword::group_join, true, read_join},
    {Keyword::group_exit, true, read_exit},
    {Keyword::group_invite, true, read_invite},
    {Keyword::chat_private_send, true, read_private_send},
    {Keyword::chat_group_send, true, read_group_send},
    {Keyword::chat_private_get, true, read_get<user>},
    {Keyword::chat_group_get, true, read_get<group>},
    {Keyword::file_send_private, true, read_send_file<user>},
    {Keyword::file_send_group, true, read_send_file<group>},
    {Keyword::file_get_private, true, read_get_file<user>},
    {Keyword::file_get_group, true, read_get_file<group>},
    {Keyword::contact_add, true, read_contacts<AddContacts>},
    {Keyword::contact_get, true, read_plain<ListContacts>},
    {Keyword::contact_delete, true, read_contacts<RemoveContacts>},
    {Keyword::notif_get, true, read_plain<ListUnread>},
};

const Entry* find_entry(std::optional<Keyword> keyword) {
    const auto found = std::ranges::find(requests, keyword, &Entry::keyword);
    return found == std::end(requests) ? nullptr : found;
}

Request refuse(ChatError why, Asked asked, bool login_first = false) {
    return Request{Command{std::nullopt, Refuse{why, login_first}}, std::move(asked)};
}

Request read_request(const Entry& entry, Arguments& arguments, Asked asked) {
    Parsed body = entry.read(arguments);
    if (!body) return refuse(body.error(), std::move(asked), entry.login_first);
    return Request{Command{std::nullopt, std::move(*body)}, std::move(asked)};
}

bool has_long_argument(WordReader arguments, std::size_t characters_max) {
    while (const auto word = arguments.next_word())
        if (word->size() > characters_max && count_code_points(*word) > characters_max) return true;
    return false;
}

Asked asked_by(std::string_view word, bool is_object) {
    return Asked{std::string(word), find_keyword(word), is_object, false};
}

// What looks like no token belongs to no session.
Result<std::optional<Token>, ChatError> token_of(const JsonValue& object) {
    const JsonValue* given = object.find("token");
    if (!given || given->is_null()) return std::nullopt;
    const std::string* text = given->as_string();
    const std::optional<Token> token = text ? Token::parse(*text) : std::nullopt;
    if (!token) return Failure<ChatError>(ChatError::not_authorized);
    return token;
}

}  // namespace

Request read_line(std::string_view line, const PyChatLimits& limits) {
    WordReader reader(line);
    Asked asked = asked_by(reader.next_word().value_or(std::string_view()), false);
    const Entry* entry = find_entry(asked.keyword);
    if (!entry) return refuse(ChatError::unknown_command, std::move(asked));
    if (has_long_argument(reader, limits.argument_characters_max))
        return refuse(ChatError::argument_too_long, std::move(asked), entry->login_first);
    Words arguments(reader);
    return read_request(*entry, arguments, std::move(asked));
}

Request read_object(std::string_view text, const PyChatLimits& limits) {
    const auto object = read_json(text, JsonLimits{text.size()});
    if (!object) return refuse_object(ChatError::bad_json);
    Asked asked = asked_by(text_of(*object, "COMMAND"), true);
    const Entry* entry = find_entry(asked.keyword);
    if (!entry) return refuse(ChatError::unknown_command, std::move(asked));
    Members arguments(*object, limits);
    if (!entry->login_first) return read_request(*entry, arguments, std::move(asked));
    const auto token = token_of(*object);
    if (!token) return refuse(token.error(), std::move(asked));
    Request request = read_request(*entry, arguments, std::move(asked));
    request.command.token = *token;
    return request;
}

Request refuse_line(std::string_view start, ChatError why) {
    const std::string_view word = WordReader(start).next_word().value_or(std::string_view());
    const bool is_whole = is_valid_utf8(word) && !has_nul(word);
    return refuse(why, asked_by(is_whole ? word : std::string_view(), false));
}

Request refuse_object(ChatError why) {
    return refuse(why, Asked{{}, std::nullopt, true, true});
}

bool is_ready_note(std::string_view text) {
    const auto object = read_json(text, JsonLimits{text.size()});
    return object && !object->find("COMMAND") && text_of(*object, "status") == "ready";
}

}  // namespace obrol::py_chat
