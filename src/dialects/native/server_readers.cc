#include <cstdint>

#include "dialects/native/readers.h"

namespace obrol::native {
namespace {

// Requests that name a server and nothing else.
template <class Request>
std::optional<Body> read_of_server(Arguments& arguments) {
    const auto server = arguments.text("server");
    if (!server) return std::nullopt;
    return Request{*server};
}

}  // namespace

std::optional<Body> read_addserver(Arguments& arguments) {
    const auto server = arguments.text("server");
    const auto host = arguments.text("host");
    if (!server || !host || !arguments.has("port")) return std::nullopt;
    const auto port = arguments.number("port");
    if (!port || *port < 1 || *port > UINT16_MAX) return Refuse{ChatError::bad_server, true};
    return AddServer{*server, *host, static_cast<std::uint16_t>(*port)};
}

std::optional<Body> read_connect(Arguments& arguments) {
    return read_of_server<ConnectServer>(arguments);
}

std::optional<Body> read_disconnect(Arguments& arguments) {
    return read_of_server<DisconnectServer>(arguments);
}

}  // namespace obrol::native
