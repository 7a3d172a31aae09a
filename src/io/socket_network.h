// TCP and Unix sockets on an event loop.
//
// TCP connections send small writes at once (PERFORMANCE: without that, one-message batches wait for delayed
// acknowledgements) and notice a peer that vanished silently within 60 seconds. Addresses are numeric or "localhost";
// other names are resolved only when connecting, and only with a work queue to block.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "io/event_loop.h"
#include "io/network.h"
#include "io/socket_address.h"
#include "io/work_queue.h"

namespace obrol {

class SocketNetwork final : public Network {
  public:
    // Whether a numeric address may be connected to. Asked about what a name means here and now, too: whoever chooses
    // names for others to dial must not reach further than with numbers.
    using MayDial = std::function<bool(const std::string& host)>;

    // Listeners and connected streams belong to `loop`, on whose thread all calls are made. `resolver` must come home
    // to the same loop; without one a host name is an error. Both must outlive the network and what it made.
    explicit SocketNetwork(EventLoop& loop, WorkQueue* resolver = nullptr, MayDial may_dial = {})
        : loop_(loop), resolver_(resolver), may_dial_(std::move(may_dial)) {}

    // "::" takes IPv4 connections too. "cannot listen on 127.0.0.1:8890: Address already in use". The listener's
    // accept() takes an EventLoop as owner and no other executor.
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;
    // Tries the addresses of a name in turn. "cannot connect to 127.0.0.1:9: Connection refused".
    Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) override;

    // A Unix socket only its owner may use (made with mode 0600). A socket file that nobody listens on any
    // more is replaced; one in use, or a file of another kind, is an error. Closing removes the file.
    Result<std::unique_ptr<Listener>> listen_unix(const std::string& path);
    // At once: connected, or why not.
    Result<std::unique_ptr<Stream>> connect_unix(const std::string& path);

  private:
    class Lookup;
    Task<Result<std::unique_ptr<Stream>>> connect_by_name(Endpoint to, Duration timeout);
    Task<Result<std::unique_ptr<Stream>>> connect_to(SocketAddress address, MonotonicTime deadline, std::string name);

    EventLoop& loop_;
    WorkQueue* resolver_;
    MayDial may_dial_;  // empty: any
};

}  // namespace obrol
