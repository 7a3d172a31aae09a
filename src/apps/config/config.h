// obrold's settings: built-in defaults, then the TOML file, then the command line. docs/obrold.example.toml names and
// explains every setting of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/crypto/password.h"
#include "base/log.h"
#include "base/result.h"
#include "core/chat.h"
#include "dialects/dialect.h"
#include "federation/options.h"
#include "io/network.h"
#include "server/control/control_server.h"
#include "server/limits.h"
#include "storage/blobs/blob_files.h"
#include "storage/group_commit.h"
#include "storage/sqlite/options.h"

namespace obrol {

// The control socket's file in the data directory.
inline constexpr std::string_view control_socket_name = "control.sock";

struct ListenSetting {
    std::string dialect;
    Endpoint at;

    friend bool operator==(const ListenSetting& one, const ListenSetting& two) {
        return one.dialect == two.dialect && one.at == two.at;
    }
};
// "simple-chat:127.0.0.1:8890", as --listen takes it and the ready line shows it.
std::string to_string(const ListenSetting& setting);

// Whether only this machine can reach it.
bool is_on_loopback(const ListenSetting& listener);

struct HashingOptions {
    PasswordCost cost;
    // All hashing together: decides how many passwords are hashed at once, at least one.
    std::size_t memory_total_kib = 64 * 1024;
    // Requests that wait for a place; further ones are told that the server is busy.
    std::size_t waiting_max = 2000;
};

// Files in PEM form; both empty: the server's own, self-made ones.
struct TlsFiles {
    std::string certificate;  // and behind it those that vouch for it
    std::string key;

    bool are_given() const { return !certificate.empty(); }
};

struct Config {
    std::string data_directory = "data";
    std::string server_id;  // empty: the host's name at the first start
    bool demo = false;
    LogLevel log_level = LogLevel::info;
    std::vector<ListenSetting> listeners{
        {"auto", {"127.0.0.1", 8889}},         {"py-chat", {"127.0.0.1", 8000}},
        {"simple-chat", {"127.0.0.1", 8890}},  {"multithread-chat", {"127.0.0.1", 8891}},
        {"chat-service", {"127.0.0.1", 8892}}, {"protokol-chat", {"127.0.0.1", 8893}}};
    bool allow_plaintext_off_loopback = false;
    std::size_t connection_threads = 0;  // besides core's; 0: connections live on core's
    TlsFiles tls;
    ServerLimits limits;
    ControlLimits control;
    DialectLimits dialects;
    Chat::Options chat;
    FederationOptions federation;
    HashingOptions hashing;
    GroupCommit::Options commits;
    BlobFiles::Options blobs;
    std::string folders_root;  // where folders are directories; empty: they are in the store alone
    SqliteOptions store;       // `path` follows from data_directory
    bool commit_in_own_thread = true;
};

struct CommandLine {
    std::optional<std::string> config_file;
    std::optional<std::string> data_directory;
    std::optional<std::string> server_id;
    bool demo = false;
    std::vector<std::string> listen;
    bool restored = false;  // the data was put back from a backup: other servers may know more than it
};

// A text that was asked for (--help, --version) instead of a server.
struct Information {
    std::string text;
};

Result<std::variant<CommandLine, Information>> parse_command_line(int argc, const char* const* argv);

// The settings of a server started with `flags`; reads its configuration file. An error is one sentence that names the
// setting, and the file and line where it stands.
Result<Config> load_config(const CommandLine& flags);

// Settings that differ and hold only after a restart, by their names in the file.
std::vector<std::string> changes_that_need_a_restart(const Config& running, const Config& wanted);

}  // namespace obrol
