// Socket addresses between the kernel's form and ours.
#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

#include "base/result.h"
#include "io/network.h"

namespace obrol {

// The host part of a peer's address in 17 bytes, kept by every connection.
class HostAddress {
  public:
    // Of an IPv4, IPv6 or Unix socket address; IPv4 mapped into IPv6 becomes IPv4 again.
    static HostAddress of(const sockaddr_storage& address);
    // "192.0.2.1", "2001:db8::1"; "unix" for a Unix socket.
    std::string to_string() const;

  private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint8_t family_ = AF_UNIX;
};

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
    // A Unix socket's path is the host, with port 0.
    Endpoint to_endpoint() const;

    // A numeric address, or "localhost": 127.0.0.1 before ::1. Empty for any other name.
    static std::vector<SocketAddress> from_numeric(const Endpoint& endpoint);
    // Asks the system's resolver: blocks, possibly for many seconds. In the resolver's order, at least one.
    static Result<std::vector<SocketAddress>> resolve(const Endpoint& endpoint);
    static Result<SocketAddress> from_path(const std::string& path);
    // The bound address of the socket `fd`.
    static SocketAddress of_socket(int fd);
};

}  // namespace obrol
