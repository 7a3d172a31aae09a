#include "bench/peers/postgres_peers.h"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <signal.h>

#include "bench/peers/peer_programs.h"
#include "bench/peers/postgres_connection.h"
#include "bench/server_process.h"

namespace obrol::bench {
namespace {

constexpr const char* account = "postgres";
// One process for each connection.
constexpr int connections_max = 2100;

// Debian keeps the programs of each version in a folder of their own, outside of PATH. "" when there is none.
std::string program_folder() {
    std::error_code refused;
    std::string newest;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", refused)) {
        const std::string folder = (version.path() / "bin").string();
        if (std::filesystem::exists(folder + "/initdb", refused)) newest = std::max(newest, folder);
    }
    return newest;
}

// `command` as somebody who may run the server. It still dies with this program.
std::vector<std::string> unprivileged(std::vector<std::string> command) {
    if (!is_root()) return command;
    std::vector<std::string> whole = {"setpriv",        "--reuid",     account,   "--regid", account,
                                      "--clear-groups", "--pdeathsig", "SIGKILL", "--"};
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

}  // namespace

Result<std::string> PostgresCluster::describe(const std::string& scratch) {
    const std::string folder = program_folder();
    if (folder.empty()) return fail("there is no PostgreSQL below /usr/lib/postgresql (Debian package: postgresql)");
    const auto version = version_of(folder + "/postgres", "--version", "(PostgreSQL) ", "postgresql", scratch);
    if (!version) return version;
    return fmt::format("postgres {}, fsync and synchronous_commit on, shared_buffers 256MB, max_connections {}",
                       *version, connections_max);
}

Result<void> PostgresCluster::make(const std::string& directory, std::string_view schema) {
    const std::string data = directory + "/data";
    if (is_root()) {
        if (auto given = give_to(account, directory); !given) return given;
    }
    const auto made = output_of(unprivileged({program_folder() + "/initdb", "--pgdata", data, "--auth", "trust",
                                              "--username", std::string(postgres_user), "--no-sync"}),
                                directory);
    if (!made) return Failure<Error>(made.error());
    if (!std::filesystem::exists(data + "/PG_VERSION")) return fail("initdb made no cluster: " + *made);
    if (schema.empty()) return {};
    // In single-user mode: the server is not there yet.
    if (auto written = write_file(directory + "/schema.sql", schema); !written) return written;
    const auto executed =
        output_of(unprivileged({"sh", "-c",
                                fmt::format("exec '{}/postgres' --single -j -D '{}' {} < '{}/schema.sql'",
                                            program_folder(), data, postgres_database, directory)}),
                  directory);
    if (!executed) return Failure<Error>(executed.error());
    return {};
}

std::vector<std::string> PostgresCluster::arguments(const std::string& directory, std::uint16_t port) {
    return unprivileged({program_folder() + "/postgres", "-D", directory + "/data", "-p", std::to_string(port), "-c",
                         "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "shared_buffers=256MB",
                         "-c", fmt::format("max_connections={}", connections_max)});
}

std::optional<std::uint16_t> PostgresCluster::ready_port(std::string_view standard_error, std::uint16_t port) {
    if (standard_error.find("ready to accept connections") == std::string_view::npos) return std::nullopt;
    return port;
}

int PostgresCluster::stop_signal() {
    return SIGINT;
}

Result<std::string> PostgresAckPeer::describe(const std::string& scratch) const {
    const auto cluster = PostgresCluster::describe(scratch);
    if (!cluster) return cluster;
    return *cluster + ", one INSERT per commit, prepared";
}

Result<std::string> PostgresNotifyPeer::describe(const std::string& scratch) const {
    const auto cluster = PostgresCluster::describe(scratch);
    if (!cluster) return cluster;
    return *cluster + ", LISTEN and NOTIFY, nothing is stored";
}

}  // namespace obrol::bench
