#include "bench/running_server.h"

#include <optional>
#include <string_view>
#include <utility>

namespace obrol::bench {
namespace {

constexpr auto ready_limit = std::chrono::seconds(60);
constexpr auto stop_limit = std::chrono::seconds(30);
// A free port may be gone by the time the server binds it.
constexpr int start_attempts = 3;

}  // namespace

bool RunningServer::stop() {
    return process.stop(stop_limit, stop_signal);
}

Failure<Error> about(const Peer& peer, const std::string& what) {
    return fail(peer.name() + ": " + what);
}

Failure<Error> about_run(const Peer& peer, const RunningServer& server, const std::string& what,
                         const StopSignal& interrupted) {
    if (interrupted.raised()) return fail(what);
    const std::string words = server.process.last_words();
    return about(peer, what + (words.empty() ? "" : "; the server's last words:\n" + words));
}

Result<RunningServer> start_server(const Peer& peer, const std::string& data_root, const Clock& clock,
                                   const StopSignal& interrupted) {
    std::string reason;
    for (int attempt = 0; attempt < start_attempts && !interrupted.raised(); ++attempt) {
        auto directory = ScratchDirectory::make(data_root, peer.name());
        if (!directory) return Failure<Error>(directory.error());
        const auto free_port = find_free_port();
        if (!free_port) return Failure<Error>(free_port.error());
        if (const auto prepared = peer.prepare(directory->path(), *free_port); !prepared)
            return about(peer, prepared.error().what);
        auto process = ServerProcess::start(peer.arguments(directory->path(), *free_port), directory->path());
        if (!process) return about(peer, process.error().what);
        std::optional<std::uint16_t> port;
        const auto ready = process->wait_until(
            [&](std::string_view output, std::string_view error) {
                port = peer.ready_port(output, error, *free_port);
                return port.has_value();
            },
            ready_limit, clock, interrupted);
        if (ready) return RunningServer{std::move(*directory), std::move(*process), *port, peer.stop_signal()};
        reason = ready.error().what;
    }
    return about(peer, reason.empty() ? "interrupted" : reason);
}

}  // namespace obrol::bench
