// The control socket's connections: a line in, an answer out, one at a time (docs/protocol/control.md). Who may connect
// is the listener's matter: the socket file is for its owner only.
//
// Belongs to one executor's thread, core's. However many connect and whatever they send, it keeps at most
// connections_max · (line_bytes_max + one answer) bytes, and gives way to chat after each answer.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/log.h"
#include "io/executor.h"
#include "io/network.h"
#include "io/stream.h"
#include "io/task.h"

namespace obrol {

struct ControlLimits {
    // Each operator's command is one short connection; more than so many are told so and closed.
    std::size_t connections_max = 16;
    // The longest request, without its line end.
    std::size_t line_bytes_max = 64 * 1024;
    // Who neither sends nor takes anything for so long is gone: forgotten connections must not keep operators out.
    Duration idle_max = std::chrono::seconds(60);

    friend bool operator==(const ControlLimits&, const ControlLimits&) = default;
};

class ControlServer {
  public:
    // All of them must outlive the server.
    struct Parts {
        Executor& executor;
        Logger& logger;
        // The answer to a request line, both without and with their line end.
        std::function<Task<std::string>(std::string line)> answer;
    };

    ControlServer(Parts parts, ControlLimits limits);
    // Must have been stopped, if it ever listened.
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // Takes connections from there from now on; of one listener.
    void listen(std::unique_ptr<Listener> listener);
    // Takes no more connections and requests. A request under way is answered; a client that has not taken its answer
    // after `grace` is left without. Every connection is gone when it ends.
    Task<void> stop(Duration grace);
    // Holds for the connections that exist, too, but for line_bytes_max.
    void set_limits(const ControlLimits& limits) { limits_ = limits; }

  private:
    struct Connection;

    static Task<void> take_connections(ControlServer& self);
    static Task<void> serve(ControlServer& self, std::unique_ptr<Stream> stream);
    static Task<void> answer_requests(ControlServer& self, Connection& connection);
    void refuse(Stream& stream);

    Parts parts_;
    ControlLimits limits_;
    std::unique_ptr<Listener> listener_;
    std::list<Connection*> connections_;
    bool stopping_ = false;
    Gate gate_{"the control socket"};
};

}  // namespace obrol
