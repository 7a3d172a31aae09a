#include "dialects/multithread_chat/multithread_chat.h"

#include "dialects/word_client.h"
#include "dialects/word_dialect.h"

namespace obrol::multithread_chat {
namespace {

constexpr std::string_view logged_out = "Logged out";

std::optional<WordRequest::Body> read_exit(WordReader&) {
    return Logout{true};
}

constexpr WordRequest requests[] = {
    {"auth", false, read_authenticate},        {"send", true, read_padded_send},
    {"inbox", true, read_nothing<FetchInbox>}, {"list", true, read_nothing<ListOnline>},
    {"logout", true, read_nothing<Logout>},    {"exit", true, read_exit},
};

void write_online(JsonWriter& json, const OnlineList& online) {
    json.key("messages");
    json.begin_array();
    for (const UserCard& user : online.users)
        json.string(user.name);
    json.end_array();
}

void write_session_ended(JsonWriter& json, const SessionEnded&) {
    json.key("messages");
    json.string(logged_out);
}

constexpr WordDialectStyle style = {
    .name = "multithread-chat",
    .default_port = 8891,
    .requests = requests,
    .error_text = english_error_text,
    .pads_text = false,
    .write_online = write_online,
    .write_session_ended = write_session_ended,
};

OnlineList read_online(const JsonValue& answer) {
    OnlineList online;
    for (const std::string& name : texts_of(answer, "messages"))
        online.users.push_back({name, name, {}});
    return online;
}

std::optional<SessionEnded> read_session_ended(const JsonValue& answer) {
    if (text_of(answer, "messages") != logged_out) return std::nullopt;
    return SessionEnded{};
}

constexpr WordClientStyle client_style = {
    .online_word = "list",
    .error_text = english_error_text,
    .pads_text = false,
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

}  // namespace obrol::multithread_chat
