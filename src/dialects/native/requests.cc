#include "dialects/native/requests.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <iterator>
#include <span>

#include "wire/json_reader.h"
#include "wire/json_writer.h"
#include "wire/words.h"

namespace obrol::native {
namespace {

using Body = decltype(Command::body);
using About = Asked::About;

constexpr std::string_view blanks = " \t";

// The arguments of a request in either form, by the names of the JSON form.
class Arguments {
  public:
    virtual ~Arguments() = default;
    // None: missing, or no text.
    virtual std::optional<std::string> text(std::string_view name) = 0;
    // The last argument of a word request: the rest of the line as it is.
    virtual std::optional<std::string> rest(std::string_view name) = 0;
    virtual std::optional<std::int64_t> number(std::string_view name) = 0;
    // An optional number that its own name introduces in the word form: "before 17".
    virtual std::optional<std::int64_t> named_number(std::string_view name) = 0;
    // The same with a word.
    virtual std::optional<std::string> named_text(std::string_view name) = 0;
    // A text that replaces another and may be empty; in the word form its name introduces it, and it goes on to the
    // end of the line, without blanks around it.
    virtual std::optional<std::string> replacement(std::string_view name) = 0;
};

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

class Words final : public Arguments {
  public:
    explicit Words(WordReader& reader) : reader_(reader) {}

    std::optional<std::string> text(std::string_view) override {
        const auto word = reader_.next_word();
        return word ? std::optional<std::string>(*word) : std::nullopt;
    }
    std::optional<std::string> rest(std::string_view) override {
        const std::string_view text = reader_.rest_text();
        if (blank_only(text)) return std::nullopt;
        return std::string(text);
    }
    std::optional<std::int64_t> number(std::string_view) override {
        const auto word = reader_.next_word();
        return word ? parse_number(*word) : std::nullopt;
    }
    std::optional<std::int64_t> named_number(std::string_view name) override {
        WordReader ahead = reader_;
        if (ahead.next_word() != name) return std::nullopt;
        const auto word = ahead.next_word();
        const auto value = word ? parse_number(*word) : std::nullopt;
        if (value) reader_ = ahead;
        return value;
    }
    std::optional<std::string> named_text(std::string_view name) override {
        WordReader ahead = reader_;
        if (ahead.next_word() != name) return std::nullopt;
        const auto word = ahead.next_word();
        if (!word) return std::nullopt;
        reader_ = ahead;
        return std::string(*word);
    }
    std::optional<std::string> replacement(std::string_view name) override {
        WordReader ahead = reader_;
        if (ahead.next_word() != name) return std::nullopt;
        reader_ = ahead;
        const std::string_view text = reader_.rest_text();
        const std::size_t first = text.find_first_not_of(blanks);
        if (first == std::string_view::npos) return std::string();
        return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
    }

  private:
    WordReader& reader_;
};

class Members final : public Arguments {
  public:
    explicit Members(const JsonValue& object) : object_(object) {}

    std::optional<std::string> text(std::string_view name) override {
        const JsonValue* member = object_.find(name);
        if (!member) return std::nullopt;
        if (const std::string* text = member->as_string())
            return text->empty() ? std::nullopt : std::optional<std::string>(*text);
        return joined(member->as_array());
    }
    std::optional<std::string> rest(std::string_view name) override {
        std::optional<std::string> text = this->text(name);
        return text && !blank_only(*text) ? text : std::nullopt;
    }
    std::optional<std::int64_t> number(std::string_view name) override {
        const JsonValue* member = object_.find(name);
        return member ? member->as_integer() : std::nullopt;
    }
    std::optional<std::int64_t> named_number(std::string_view name) override { return number(name); }
    std::optional<std::string> named_text(std::string_view name) override { return text(name); }
    std::optional<std::string> replacement(std::string_view name) override {
        const JsonValue* member = object_.find(name);
        const std::string* text = member ? member->as_string() : nullptr;
        return text ? std::optional<std::string>(*text) : std::nullopt;
    }

  private:
    // A list of names is as good as the names with commas between them.
    static std::optional<std::string> joined(const JsonValue::Array* items) {
        if (!items) return std::nullopt;
        std::string text;
        for (const JsonValue& item : *items) {
            const std::string* part = item.as_string();
            if (!part) return std::nullopt;
            text.append(text.empty() ? "" : ",").append(*part);
        }
        return text.empty() ? std::nullopt : std::optional<std::string>(std::move(text));
    }

    const JsonValue& object_;
};

template <class Plain>
std::optional<Body> read_plain(Arguments&) {
    return Plain{};
}

std::optional<Body> read_register(Arguments& arguments) {
    Register request;
    const auto user = arguments.text("user");
    const auto password = arguments.text("password");
    if (!user || !password) return std::nullopt;
    request.user = *user;
    request.password = *password;
    request.invitation = arguments.named_text("invitation");
    request.country = arguments.text("country").value_or("");
    request.display_name = arguments.rest("name").value_or("");
    return request;
}

std::optional<Body> read_auth(Arguments& arguments) {
    const auto user = arguments.text("user");
    const auto password = arguments.text("password");
    if (!user || !password) return std::nullopt;
    return Authenticate{*user, *password, false};
}

std::optional<Body> read_passwd(Arguments& arguments) {
    const auto old_password = arguments.text("password");
    const auto new_password = arguments.text("new");
    if (!old_password || !new_password) return std::nullopt;
    return ChangePassword{*old_password, *new_password};
}

std::optional<Body> read_profile(Arguments& arguments) {
    ChangeProfile change;
    change.display_name = arguments.replacement("name");
    change.country = arguments.replacement("country");
    if (!change.display_name && !change.country) return std::nullopt;
    return change;
}

std::optional<Body> read_revoke(Arguments& arguments) {
    using Which = RevokeSessions::Which;
    const auto word = arguments.text("session");
    if (word == "others") return RevokeSessions{Which::others, {}};
    if (word == "all") return RevokeSessions{Which::all, {}};
    const auto id = word ? parse_number(*word) : arguments.number("session");
    if (!id || *id < 1) return std::nullopt;
    return RevokeSessions{Which::one, SessionId(*id)};
}

// "client:number"; the last colon divides.
std::optional<IdempotencyKey> parse_key(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto number = parse_number(text.substr(colon + 1));
    if (!number) return std::nullopt;
    return IdempotencyKey{std::string(text.substr(0, colon)), *number};
}

std::optional<Body> read_send(Arguments& arguments) {
    SendMessage send;
    const auto to = arguments.text("to");
    if (!to) return std::nullopt;
    send.to = parse_address_list(*to);
    const auto text = arguments.rest("text");
    if (send.to.empty() || !text) return std::nullopt;
    send.text = *text;
    return send;
}

std::optional<Body> read_history(Arguments& arguments) {
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    FetchHistory history;
    history.with = parse_place(*who);
    if (const auto before = arguments.named_number("before")) history.before = Seq(*before);
    if (const auto limit = arguments.named_number("limit")) {
        if (*limit < 1) return std::nullopt;
        history.limit = static_cast<std::uint32_t>(std::min<std::int64_t>(*limit, UINT32_MAX));
    }
    return history;
}

std::optional<Body> read_read(Arguments& arguments) {
    const auto who = arguments.text("who");
    const auto seq = arguments.number("seq");
    if (!who || !seq || *seq < 0) return std::nullopt;
    return MarkRead{parse_place(*who), Seq(*seq)};
}

std::optional<Body> read_listen(Arguments& arguments) {
    const auto state = arguments.text("state");
    if (state == "on") return Listen{true};
    if (state == "off") return Listen{false};
    return std::nullopt;
}

template <bool blocked>
std::optional<Body> read_block(Arguments& arguments) {
    const auto who = arguments.text("who");
    if (!who) return std::nullopt;
    return Block{parse_address(*who), blocked};
}

struct Entry {
    std::string_view word;
    bool login_first;
    std::optional<Body> (*read)(Arguments&);
    About about;
    std::string_view usage;
};

constexpr Entry requests[] = {
    {"hello", false, read_plain<Hello>, About::other, "hello                         what this server is and allows"},
    {"help", false, read_plain<Ping>, About::help, "help                          these lines"},
    {"register", false, read_register, About::other,
     "register USER PASSWORD [invitation CODE] [COUNTRY [NAME]]  make an account"},
    {"auth", false, read_auth, About::other, "auth USER PASSWORD            log in"},
    {"resume", true, read_plain<Resume>, About::other, "resume TOKEN                  go on with an earlier login"},
    {"logout", true, read_plain<Logout>, About::other, "logout                        end the login"},
    {"whoami", true, read_plain<WhoAmI>, About::other, "whoami                        who is logged in here"},
    {"passwd", true, read_passwd, About::other, "passwd OLD NEW                change the password"},
    {"profile", true, read_profile, About::other, "profile name|country TEXT     change what others see of you"},
    {"sessions", true, read_plain<ListSessions>, About::other, "sessions                      where you are logged in"},
    {"revoke", true, read_revoke, About::other, "revoke ID|others|all          end logins of yours"},
    {"send", true, read_send, About::other, "send USER[,USER] TEXT         send a message"},
    {"inbox", true, read_plain<FetchInbox>, About::other,
     "inbox                         what has not been fetched yet"},
    {"history", true, read_history, About::other, "history USER [before SEQ] [limit N]"},
    {"read", true, read_read, About::other, "read USER SEQ                 note how far you have read"},
    {"list", true, read_plain<ListOnline>, About::other, "list                          who is online"},
    {"listen", true, read_listen, About::other, "listen on|off                 hear of messages as they come"},
    {"block", true, read_block<true>, About::other, "block USER                    refuse messages from somebody"},
    {"unblock", true, read_block<false>, About::other, "unblock USER                  accept them again"},
    {"ping", false, read_plain<Ping>, About::other, "ping                          a sign of life"},
    {"exit", false, read_plain<Ping>, About::exit, "exit                          end the connection, stay logged in"},
};

const Entry* find_entry(std::string_view word) {
    const auto found =
        std::find_if(std::begin(requests), std::end(requests), [&](const Entry& entry) { return entry.word == word; });
    return found == std::end(requests) ? nullptr : found;
}

Request refuse(ChatError why) {
    return Request{Command{std::nullopt, Refuse{why, false}}, {}};
}

Request read_request(const Entry& entry, Arguments& arguments, std::optional<Token> token) {
    Request request;
    request.command.token = token;
    request.asked.about = entry.about;
    std::optional<Body> body = entry.read(arguments);
    if (!body) {
        request.command.body = Refuse{ChatError::missing_argument, entry.login_first};
        return request;
    }
    if (const auto* listen = std::get_if<Listen>(&*body))
        request.asked.about = listen->on ? About::listen_on : About::listen_off;
    request.command.body = std::move(*body);
    return request;
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
    Words arguments(reader);
    return read_request(*entry, arguments, token);
}

Request read_object(std::string_view line) {
    const auto object = read_json(line, JsonLimits{line.size()});
    if (!object || !object->as_object()) return refuse(ChatError::bad_json);
    std::string id;
    if (const JsonValue* given = object->find("id")) {
        std::optional<std::string> text = id_text(*given);
        if (!text) return refuse(ChatError::bad_argument);
        id = std::move(*text);
    }
    Members arguments(*object);
    const std::optional<std::string> word = arguments.text("cmd");
    const Entry* entry = word ? find_entry(*word) : nullptr;
    Request request = refuse(ChatError::unknown_command);
    if (entry) {
        std::optional<Token> token;
        const std::optional<std::string> token_text = arguments.text("token");
        if (token_text) token = Token::parse(*token_text);
        request = read_request(*entry, arguments, token);
        // What looks like no token belongs to no session.
        if (token_text && !token) request.command.body = Refuse{ChatError::not_authorized, false};
        if (auto* send = std::get_if<SendMessage>(&request.command.body); send && object->find("key")) {
            send->key = parse_key(arguments.text("key").value_or(""));
            if (!send->key) request.command.body = Refuse{ChatError::bad_argument, true};
        }
    }
    request.asked.id = std::move(id);
    return request;
}

std::string_view help_text() {
    static const std::string text = [] {
        std::string lines;
        for (const Entry& entry : requests)
            lines.append(lines.empty() ? "" : "\n").append(entry.usage);
        return lines;
    }();
    return text;
}

}  // namespace obrol::native
