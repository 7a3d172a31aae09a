// A server that was started for one run, with its data.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/peer.h"
#include "bench/scratch_directory.h"
#include "bench/server_process.h"
#include "bench/stop_signal.h"

namespace obrol::bench {

// The members are destroyed in reverse order: the process ends before its data is removed.
struct RunningServer {
    ScratchDirectory directory;
    ServerProcess process;
    std::uint16_t port;
    int stop_signal;

    // The signal, and after half a minute SIGKILL. True: the signal was enough.
    bool stop();
};

// Starts `peer` in a fresh directory below `data_root` and waits until it is ready. Errors begin with the peer's name.
Result<RunningServer> start_server(const Peer& peer, const std::string& data_root, const Clock& clock,
                                   const StopSignal& interrupted);

// Leaves out the peers that cannot take part and tells `progress` why; a line about each of the others. An error when
// none is left.
template <class SomePeer>
Result<std::vector<std::string>> describe_all(std::vector<std::unique_ptr<SomePeer>>& peers,
                                              const std::string& data_root,
                                              const std::function<void(const std::string&)>& progress) {
    const auto scratch = ScratchDirectory::make(data_root, "probe");
    if (!scratch) return Failure<Error>(scratch.error());
    std::vector<std::string> lines;
    std::erase_if(peers, [&](const std::unique_ptr<SomePeer>& peer) {
        const auto description = peer->describe(scratch->path());
        if (description) {
            lines.push_back(peer->name() + ": " + *description);
        } else {
            progress("going on without " + peer->name() + ": " + description.error().what);
        }
        return !description;
    });
    if (peers.empty()) return fail("no server is left to measure");
    return lines;
}

Failure<Error> about(const Peer& peer, const std::string& what);

// A run's failure with what the server said last; without that when the user broke it off.
Failure<Error> about_run(const Peer& peer, const RunningServer& server, const std::string& what,
                         const StopSignal& interrupted);

}  // namespace obrol::bench
