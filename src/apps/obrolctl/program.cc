#include "apps/obrolctl/program.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include "apps/config/config.h"
#include "apps/obrolctl/ask_line.h"
#include "apps/obrolctl/example_settings.h"
#include "apps/obrolctl/exit_codes.h"
#include "apps/obrolctl/lines_file.h"
#include "apps/obrolctl/passwords.h"
#include "apps/terminal/foreground.h"
#include "base/clock.h"
#include "base/crypto/secure_random.h"
#include "client/admin/control_client.h"
#include "client/admin/reports.h"
#include "io/socket_network.h"
#include "wire/write_json_value.h"

namespace obrol {
namespace {

// A password hash may have to wait for many logins before it.
constexpr Duration answer_timeout = std::chrono::seconds(120);

int refuse(int exit_code, std::string_view why, std::string_view hint = "") {
    if (!why.empty()) fmt::print(stderr, "obrolctl: {}\n", why);
    if (!hint.empty()) fmt::print(stderr, "  {}\n", hint);
    return exit_code;
}

std::string json_text(const JsonValue& value) {
    std::string text;
    JsonWriter json(text, JsonStyle::compact);
    write_json_value(json, value);
    return text + "\n";
}

int check_config(const std::string& file, bool as_json) {
    const Result<Config> config = load_config({.config_file = file});
    if (!config) return refuse(exit_refused, config.error().what);
    if (as_json) {
        fmt::print("{}", json_text(JsonValue(JsonValue::Object{})));
        return 0;
    }
    std::vector<std::string> listeners;
    for (const ListenSetting& listener : config->listeners)
        listeners.push_back(to_string(listener));
    fmt::print("{} is good: data in {}, listening on {}\n", file, config->data_directory, fmt::join(listeners, ", "));
    return 0;
}

// One command's talk with the server.
class Conversation {
  public:
    Conversation(std::string socket, bool as_json) : socket_(std::move(socket)), as_json_(as_json) {
        foreground_.on_interrupt = [this] {
            if (stream_) stream_->close();
        };
    }

    int run(AskServer ask) {
        // Nobody shall think of a password for a server that is not there.
        if (const int code = connect()) return code;
        if (!ask.question.empty()) {
            if (const int code = confirm(ask.question)) return code;
        }
        std::string generated;
        if (ask.password != AskServer::Password::none) {
            Result<std::string> password = obtain_password(ask.password, foreground_, random_);
            if (!password)
                return refuse(foreground_.is_interrupted() ? exit_interrupted : exit_usage, password.error().what);
            if (ask.password == AskServer::Password::generate) generated = *password;
            ask.members.push_back({"password", JsonValue(std::move(*password))});
        }
        // The server may have closed a connection that said nothing while somebody was typing.
        if (const int code = connect()) return code;
        if (ask.command == "user-list") return list_all(ask, "users");
        if (ask.command == "group-list") return list_all(ask, "groups");
        if (ask.command == "queue-list") return list_all(ask, "items");
        if (!ask.file.empty()) return save(ask);
        return ask_once(ask, generated);
    }

  private:
    int connect() {
        Result<std::unique_ptr<Stream>> stream = network_.connect_unix(socket_);
        if (stream) {
            stream_ = std::move(*stream);
            return 0;
        }
        const bool may_not = ::access(socket_.c_str(), W_OK) != 0 && errno == EACCES;
        return refuse(exit_no_server, stream.error().what,
                      may_not ? "Run obrolctl as the user that obrold runs as, e.g. with sudo -u obrol."
                              : "Is obrold running? Start it, or name its data directory with --data DIR or its "
                                "settings with --config FILE.");
    }

    int confirm(const std::string& question) {
        if (::isatty(STDIN_FILENO) == 0)
            return refuse(exit_usage, "there is no terminal to ask whether that is meant: give --yes");
        const std::optional<std::string> said = ask_line(foreground_, question + " Type yes: ", false);
        if (said == "yes") return 0;
        return refuse(foreground_.is_interrupted() ? exit_interrupted : exit_refused, "nothing was done");
    }

    // The data, or an exit code after having said why there is none.
    std::expected<JsonValue, int> ask_server_for(std::string_view command, const JsonValue::Object& members) {
        Result<ServerAnswer> answer = foreground_.run(
            ask_server(foreground_.loop(), *stream_, control_request(command, members), answer_timeout));
        if (!answer) {
            if (foreground_.is_interrupted()) return std::unexpected(exit_interrupted);
            return std::unexpected(refuse(exit_refused, answer.error().what,
                                          "Whether it was done is not known: look before you repeat it."));
        }
        if (*answer) return std::move(**answer);
        const ServerRefusal& refusal = answer->error();
        if (!as_json_) return std::unexpected(refuse(exit_refused, refusal.message, refusal.hint));
        fmt::print(stderr, "{}",
                   json_text(JsonValue(JsonValue::Object{{"error", JsonValue(refusal.error)},
                                                         {"message", JsonValue(refusal.message)},
                                                         {"hint", JsonValue(refusal.hint)}})));
        return std::unexpected(exit_refused);
    }

    int ask_once(const AskServer& ask, const std::string& generated) {
        std::expected<JsonValue, int> data = ask_server_for(ask.command, ask.members);
        if (!data) return data.error();
        if (!as_json_) {
            fmt::print("{}", report(ask.command, *data));
            if (!generated.empty()) fmt::print("password: {}\n", generated);
            return 0;
        }
        if (!generated.empty()) {
            JsonValue::Object members = data->as_object() ? *data->as_object() : JsonValue::Object{};
            members.push_back({"password", JsonValue(generated)});
            data = JsonValue(std::move(members));
        }
        fmt::print("{}", json_text(*data));
        return 0;
    }

    // A list that comes in pages, its items in the member of that name.
    int list_all(const AskServer& ask, const std::string& items) {
        JsonValue::Array all;
        const int code = read_all(ask, items, [&](const JsonValue::Array& page) {
            all.insert(all.end(), page.begin(), page.end());
            return 0;
        });
        if (code != 0) return code;
        JsonValue::Object members = ask.members;
        members.push_back({items, JsonValue(std::move(all))});
        const JsonValue list(std::move(members));
        fmt::print("{}", as_json_ ? json_text(list) : report(ask.command, list));
        return 0;
    }

    // Into the file, an entry each line.
    int save(const AskServer& ask) {
        LinesFile file(ask.file);
        if (const Result<void> opened = file.open(); !opened) return refuse(exit_refused, opened.error().what);
        std::size_t count = 0;
        const int code = read_all(ask, "entries", [&](const JsonValue::Array& page) {
            std::string lines;
            for (const JsonValue& entry : page)
                lines += json_text(entry);
            count += page.size();
            const Result<void> written = file.write(lines);
            return written ? 0 : refuse(exit_refused, written.error().what);
        });
        if (code != 0) return code;
        if (const Result<void> kept = file.keep(); !kept) return refuse(exit_refused, kept.error().what);
        const JsonValue done(
            JsonValue::Object{{"file", JsonValue(ask.file)}, {"entries", JsonValue(static_cast<std::int64_t>(count))}});
        fmt::print("{}", as_json_ ? json_text(done) : fmt::format("{} entries are in {}\n", count, ask.file));
        return 0;
    }

    // Page after page of the list of that name; `take` answers 0, or the exit code with which to stop.
    template <class Take>
    int read_all(const AskServer& ask, const std::string& items, Take take) {
        JsonValue::Object members = ask.members;
        for (;;) {
            const std::expected<JsonValue, int> page = ask_server_for(ask.command, members);
            if (!page) return page.error();
            const JsonValue* more = page->find(items);
            if (more && more->as_array()) {
                if (const int code = take(*more->as_array())) return code;
            }
            const JsonValue* next = page->find("next");
            if (!next) return 0;
            members = ask.members;
            members.push_back({"after", *next});
        }
    }

    std::string socket_;
    bool as_json_;
    SystemClock clock_;
    Foreground foreground_{clock_};
    SocketNetwork network_{foreground_.loop()};
    SystemSecureRandom random_;
    std::unique_ptr<Stream> stream_;
};

}  // namespace

int run_obrolctl(const ControlCommandLine& command_line) {
    if (std::holds_alternative<ShowExample>(command_line.action)) {
        fmt::print("{}", example_settings());
        return 0;
    }
    if (const auto* check = std::get_if<CheckConfig>(&command_line.action))
        return check_config(check->file, command_line.json);
    CommandLine flags;
    flags.config_file = command_line.config_file;
    flags.data_directory = command_line.data_directory;
    const Result<Config> config = load_config(flags);
    if (!config) return refuse(exit_usage, config.error().what);
    std::error_code trouble;
    const std::filesystem::path data = std::filesystem::absolute(config->data_directory, trouble).lexically_normal();
    Conversation conversation((data / control_socket_name).string(), command_line.json);
    return conversation.run(std::get<AskServer>(command_line.action));
}

}  // namespace obrol
