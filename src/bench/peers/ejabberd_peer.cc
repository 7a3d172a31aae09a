#include "bench/peers/ejabberd_peer.h"

#include <fmt/core.h>

#include "bench/peers/peer_programs.h"
#include "bench/peers/xmpp_lobby.h"
#include "bench/server_process.h"
#include "bench/text_file.h"

namespace obrol::bench {
namespace {

constexpr const char* control_program = "/usr/sbin/ejabberdctl";
constexpr std::string_view ready_line = "obrol-bench: ejabberd runs";
constexpr std::string_view version_label = "ejabberd is ";

std::optional<std::string> erlang_libraries() {
    return erlang_libraries_of(read_text_file(control_program).value_or(""));
}

}  // namespace

std::optional<std::string> erlang_libraries_of(std::string_view ejabberdctl) {
    constexpr std::string_view label = "\nERL_LIBS='";
    const std::size_t at = ejabberdctl.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = ejabberdctl.substr(at + label.size());
    const std::size_t end = rest.find('\'');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(0, end));
}

Result<std::string> EjabberdPeer::describe(const std::string& scratch) const {
    const auto libraries = erlang_libraries();
    if (!libraries) return fail(fmt::format("{} is missing or unreadable (Debian package: ejabberd)", control_program));
    const std::string question = fmt::format(
        "application:load(ejabberd), {{ok, V}} = application:get_key(ejabberd, vsn), "
        "io:format(\"{}~s\", [V]), halt().",
        version_label);
    const auto answer = output_of({"env", "ERL_LIBS=" + *libraries, "erl", "-noinput", "-eval", question}, scratch);
    if (!answer) return answer;
    if (!answer->starts_with(version_label)) return fail("erl cannot load ejabberd and answers " + *answer);
    return fmt::format(
        "ejabberd {}, anonymous users, no TLS, no shapers, only mod_muc (no history, 20,000 users, no presence "
        "broadcast), backlog 4096, Erlang's defaults, nothing is stored",
        answer->substr(version_label.size()));
}

Result<void> EjabberdPeer::prepare(const std::string& directory, std::uint16_t free_port) const {
    return write_file(directory + "/ejabberd.yml", fmt::format(R"(hosts:
  - localhost
loglevel: error
listen:
  -
    module: ejabberd_c2s
    ip: "127.0.0.1"
    port: {}
    backlog: 4096
    max_stanza_size: 262144
    starttls: false
auth_method: anonymous
anonymous_protocol: sasl_anon
allow_multiple_connections: true
modules:
  mod_muc:
    history_size: 0
    max_users: 20000
    default_room_options:
      max_users: 20000
      presence_broadcast: []
)",
                                                               free_port));
}

std::vector<std::string> EjabberdPeer::arguments(const std::string& directory, std::uint16_t) const {
    // Without the libraries it ends at once and says which are missing.
    return {"env",
            "EJABBERD_CONFIG_PATH=" + directory + "/ejabberd.yml",
            "EJABBERD_LOG_PATH=" + directory + "/ejabberd.log",
            "ERL_LIBS=" + erlang_libraries().value_or(""),
            "erl",
            "-noinput",
            "-mnesia",
            "dir",
            "\"" + directory + "/spool\"",
            "-s",
            "ejabberd",
            "-eval",
            fmt::format("io:format(\"{}~n\").", ready_line)};
}

std::optional<std::uint16_t> EjabberdPeer::ready_port(std::string_view standard_output, std::string_view,
                                                      std::uint16_t free_port) const {
    if (standard_output.find(ready_line) == std::string_view::npos) return std::nullopt;
    return free_port;
}

std::unique_ptr<Lobby> EjabberdPeer::lobby() const {
    return std::make_unique<XmppLobby>();
}

}  // namespace obrol::bench
