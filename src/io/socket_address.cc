#include "io/socket_address.h"

#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>

#include "base/check.h"

namespace obrol {
namespace {

// The sockaddr_ types overlay sockaddr_storage; copying is the way that the language allows.
template <class Form>
Form read_as(const sockaddr_storage& storage) {
    Form form;
    static_assert(sizeof form <= sizeof storage);
    std::memcpy(&form, &storage, sizeof form);
    return form;
}

template <class Form>
SocketAddress made_from(const Form& form) {
    SocketAddress address;
    std::memcpy(&address.storage, &form, sizeof form);
    address.size = sizeof form;
    return address;
}

std::vector<SocketAddress> parse_numeric(const std::string& host, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return {made_from(v4)};
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) return {made_from(v6)};
    return {};
}

}  // namespace

HostAddress HostAddress::of(const sockaddr_storage& address) {
    HostAddress host;
    if (address.ss_family == AF_INET) {
        const auto v4 = read_as<sockaddr_in>(address);
        std::memcpy(host.bytes_.data(), &v4.sin_addr, sizeof v4.sin_addr);
        host.family_ = AF_INET;
    } else if (address.ss_family == AF_INET6) {
        const auto v6 = read_as<sockaddr_in6>(address);
        const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        const std::size_t skipped = is_mapped ? 12 : 0;
        std::memcpy(host.bytes_.data(), v6.sin6_addr.s6_addr + skipped, sizeof v6.sin6_addr - skipped);
        host.family_ = is_mapped ? AF_INET : AF_INET6;
    }
    return host;
}

std::string HostAddress::to_string() const {
    if (family_ == AF_UNIX) return "unix";
    char text[INET6_ADDRSTRLEN];
    OBROL_CHECK(::inet_ntop(family_, bytes_.data(), text, sizeof text) != nullptr);
    return text;
}

Endpoint SocketAddress::to_endpoint() const {
    if (family() == AF_UNIX) return {read_as<sockaddr_un>(storage).sun_path, 0};
    const std::uint16_t port =
        family() == AF_INET ? read_as<sockaddr_in>(storage).sin_port : read_as<sockaddr_in6>(storage).sin6_port;
    return {HostAddress::of(storage).to_string(), ntohs(port)};
}

std::vector<SocketAddress> SocketAddress::from_numeric(const Endpoint& endpoint) {
    if (endpoint.host != "localhost") return parse_numeric(endpoint.host, endpoint.port);
    std::vector<SocketAddress> both = parse_numeric("127.0.0.1", endpoint.port);
    const std::vector<SocketAddress> v6 = parse_numeric("::1", endpoint.port);
    both.insert(both.end(), v6.begin(), v6.end());
    return both;
}

Result<std::vector<SocketAddress>> SocketAddress::resolve(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const std::string service = std::to_string(endpoint.port);
    const int code = ::getaddrinfo(endpoint.host.c_str(), service.c_str(), &hints, &found);
    if (code != 0) return fail(fmt::format("{}{}: {}", cannot_resolve, endpoint.host, ::gai_strerror(code)));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    std::vector<SocketAddress> addresses;
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
        if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
        SocketAddress& address = addresses.emplace_back();
        std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
        address.size = info->ai_addrlen;
    }
    if (addresses.empty()) return fail(fmt::format("{}{}: no address", cannot_resolve, endpoint.host));
    return addresses;
}

Result<SocketAddress> SocketAddress::from_path(const std::string& path) {
    sockaddr_un form{};
    form.sun_family = AF_UNIX;
    // One byte stays zero.
    constexpr std::size_t path_max = sizeof form.sun_path - 1;
    if (path.empty() || path.size() > path_max) {
        return fail(fmt::format("a socket's path has 1 to {} bytes, this one has {}: choose a shorter directory",
                                path_max, path.size()));
    }
    std::memcpy(form.sun_path, path.data(), path.size());
    return made_from(form);
}

SocketAddress SocketAddress::of_socket(int fd) {
    SocketAddress address;
    OBROL_CHECK(::getsockname(fd, address.raw(), &address.size) == 0);
    return address;
}

}  // namespace obrol
