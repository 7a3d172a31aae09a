#include "apps/obrold/control_socket.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace obrol {
namespace {

std::uint64_t file_bytes(const std::filesystem::path& file) {
    std::error_code absent;
    const std::uintmax_t bytes = std::filesystem::file_size(file, absent);
    return absent ? 0 : bytes;
}

// proc(5), statm: the second number counts resident pages.
std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ControlSocket::ControlSocket(Parts parts, const ControlLimits& limits)
    : parts_(std::move(parts)),
      started_at_(parts_.loop.clock().wall_now()),
      started_(parts_.loop.clock().monotonic_now()),
      commands_(ControlCommands::Parts{parts_.assembly.chat().administration(), [this] { return facts(); },
                                       parts_.logger, parts_.rotate_key}),
      server_(ControlServer::Parts{parts_.loop, parts_.logger,
                                   [this](std::string line) { return commands_.answer(std::move(line)); }},
              limits) {}

Result<void> ControlSocket::bind() {
    Result<std::unique_ptr<Listener>> listener =
        parts_.network.listen_unix(parts_.directory.file(control_socket_name).string());
    if (!listener) return Failure<Error>(std::move(listener.error()));
    listener_ = std::move(*listener);
    return {};
}

void ControlSocket::open(std::vector<ListenSetting> listeners) {
    listeners_ = std::move(listeners);
    server_.listen(std::move(listener_));
}

Task<void> ControlSocket::stop(Duration grace) {
    listener_.reset();
    return server_.stop(grace);
}

ServerFacts ControlSocket::facts() const {
    ServerFacts facts;
    facts.server = parts_.server_id;
    facts.version = OBROL_VERSION;
    facts.data_directory = parts_.directory.path().string();
    facts.process_id = ::getpid();
    facts.started_at = started_at_;
    facts.uptime = parts_.loop.clock().monotonic_now() - started_;
    for (const ListenSetting& listener : listeners_)
        facts.listeners.push_back(to_string(listener));
    facts.connections = parts_.assembly.server().connections();
    facts.commits = parts_.assembly.commits();
    facts.store_bytes =
        file_bytes(parts_.directory.file("obrol.db")) + file_bytes(parts_.directory.file("obrol.db-wal"));
    facts.memory_bytes = resident_bytes();
    return facts;
}

}  // namespace obrol
