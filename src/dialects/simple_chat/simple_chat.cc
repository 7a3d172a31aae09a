#include "dialects/simple_chat/simple_chat.h"

#include "dialects/word_client.h"
#include "dialects/word_dialect.h"

namespace obrol::simple_chat {
namespace {

constexpr WordRequest requests[] = {
    {"auth", false, read_authenticate},        {"send", true, read_padded_send},
    {"inbox", true, read_nothing<FetchInbox>}, {"show", true, read_nothing<ListOnline>},
    {"logout", true, read_nothing<Logout>},
};

void write_online(JsonWriter& json, const OnlineList& online) {
    json.key("message");
    json.begin_array();
    for (const UserCard& user : online.users) {
        json.begin_object();
        json.key("username");
        json.string(user.name);
        json.key("nama");
        json.string(user.display_name);
        json.key("negara");
        json.string(user.country);
        json.end_object();
    }
    json.end_array();
}

void write_session_ended(JsonWriter& json, const SessionEnded& ended) {
    json.key("message");
    json.string(ended.token.to_string());
}

constexpr WordDialectStyle style = {
    .name = "simple-chat",
    .default_port = 8890,
    .requests = requests,
    .error_text = indonesian_error_text,
    .pads_text = true,
    .write_online = write_online,
    .write_session_ended = write_session_ended,
};

OnlineList read_online(const JsonValue& answer) {
    OnlineList online;
    const JsonValue* users = answer.find("message");
    const JsonValue::Array* items = users ? users->as_array() : nullptr;
    for (const JsonValue& item : items ? *items : JsonValue::Array())
        online.users.push_back({text_of(item, "username"), text_of(item, "nama"), text_of(item, "negara")});
    return online;
}

std::optional<SessionEnded> read_session_ended(const JsonValue& answer) {
    const std::optional<Token> token = Token::parse(text_of(answer, "message"));
    if (!token) return std::nullopt;
    return SessionEnded{*token, false};
}

constexpr WordClientStyle client_style = {
    .online_word = "show",
    .error_text = indonesian_error_text,
    .pads_text = true,
    .read_online = read_online,
    .read_session_ended = read_session_ended,
};

}  // namespace

std::unique_ptr<DialectKind> make_kind(const DialectLimits& limits) {
    return std::make_unique<WordDialectKind>(style, limits);
}

std::unique_ptr<ClientDialect> make_client() {
    return make_word_client(client_style);
}

}  // namespace obrol::simple_chat
