// The control socket of a running server: its file in the data directory, what can be asked there, and what the process
// knows about itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/config/config.h"
#include "apps/obrold/assembly.h"
#include "base/log.h"
#include "base/result.h"
#include "io/event_loop.h"
#include "io/socket_network.h"
#include "io/task.h"
#include "server/control/control_commands.h"
#include "server/control/control_server.h"
#include "storage/data_directory.h"

namespace obrol {

class ControlSocket {
  public:
    // All of them must outlive it.
    struct Parts {
        EventLoop& loop;  // core's
        SocketNetwork& network;
        Logger& logger;
        Assembly& assembly;
        const DataDirectory& directory;
        const std::string& server_id;
        // Replaces the server's key; an error says why it is as it was.
        std::function<Task<Result<void>>()> rotate_key;
    };

    ControlSocket(Parts parts, const ControlLimits& limits);

    // Makes the file; a stale one is replaced. Who connects now waits until open().
    Result<void> bind();
    // Takes connections from now on. `listeners`: those of chat, for `status`.
    void open(std::vector<ListenSetting> listeners);
    // Removes the file. Also without bind() and open().
    Task<void> stop(Duration grace);
    void set_limits(const ControlLimits& limits) { server_.set_limits(limits); }

  private:
    ServerFacts facts() const;

    Parts parts_;
    WallTime started_at_;
    MonotonicTime started_;
    std::unique_ptr<Listener> listener_;  // until open()
    std::vector<ListenSetting> listeners_;
    ControlCommands commands_;
    ControlServer server_;
};

}  // namespace obrol
