// Where streams come from: the kernel's sockets, or a simulated network.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/executor.h"
#include "io/stream.h"
#include "io/task.h"

namespace obrol {

struct Endpoint {
    std::string host;  // numeric address or host name; IPv6 without brackets
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "127.0.0.1:8889", "[::1]:8889".
std::string to_string(const Endpoint& endpoint);
// None: not of that form. Brackets may be left out.
std::optional<Endpoint> parse_endpoint(std::string_view text);

// Who counts as one other side: an address, or the first 64 bits of an IPv6 address ("2001:db8:0:1::/64"), because
// whoever has one of those has all that begin alike. `host` is numeric; what is not is given back.
std::string address_block(const std::string& host);

class Listener {
  public:
    virtual ~Listener() = default;
    // The next connection, as a stream that belongs to `owner` (which may be another thread's executor). An error does
    // not end the listener unless close() was called: too many open files is one. On the listener's own thread.
    virtual Task<Result<std::unique_ptr<Stream>>> accept(Executor& owner) = 0;
    // The bound address with the real port.
    virtual Endpoint local() const = 0;
    virtual bool is_closed() const = 0;
    // Ends a waiting accept with an error.
    virtual void close() = 0;
};

// How the error of connect() begins when the host's name has no address.
inline constexpr std::string_view cannot_resolve = "cannot resolve ";

class Network {
  public:
    virtual ~Network() = default;
    // Port 0: any free one. The error names the address and the reason.
    virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at) = 0;
    // A connected stream that belongs to the calling executor, or why there is none within `timeout`, look-up included.
    virtual Task<Result<std::unique_ptr<Stream>>> connect(const Endpoint& to, Duration timeout) = 0;
};

}  // namespace obrol
