#include "dialects/chat_service/chat_service.h"

#include "dialects/word_client.h"
#include "dialects/word_dialect.h"

namespace obrol::chat_service {
namespace {

constexpr std::string_view logged_out = "Anda berhasil logout!";
constexpr std::string_view between_names = " - ";

constexpr WordRequest requests[] = {
    {"auth", false, read_authenticate},        {"send", true, read_padded_send},
    {"inbox", true, read_nothing<FetchInbox>}, {"list", true, read_nothing<ListOnline>},
    {"logout", true, read_nothing<Logout>},
};

void write_online(JsonWriter& json, const OnlineList& online) {
    json.key("messages");
    json.begin_array();
    for (const UserCard& user : online.users)
        json.string(std::string(user.name).append(between_names).append(user.display_name));
    json.end_array();
}

void write_session_ended(JsonWriter& json, const SessionEnded&) {
    json.key("messages");
    json.string(logged_out);
}

constexpr WordDialectStyle style = {
    .name = "chat-service",
    .default_port = 8892,
    .requests = requests,
    .error_text = indonesian_error_text,
    .pads_text = true,
    .write_online = write_online,
    .write_session_ended = write_session_ended,
};

OnlineList read_online(const JsonValue& answer) {
    OnlineList online;
    for (const std::string& names : texts_of(answer, "messages")) {
        // A name has no blanks, so the first divider divides.
        const std::size_t divider = names.find(between_names);
        if (divider == std::string::npos)
            online.users.push_back({names, names, {}});
        else
            online.users.push_back({names.substr(0, divider), names.substr(divider + between_names.size()), {}});
    }
    return online;
}

std::optional<SessionEnded> read_session_ended(const JsonValue& answer) {
    if (text_of(answer, "messages") != logged_out) return std::nullopt;
    return SessionEnded{};
}

constexpr WordClientStyle client_style = {
    .online_word = "list",
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

}  // namespace obrol::chat_service
