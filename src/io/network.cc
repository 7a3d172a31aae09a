#include "io/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <iterator>
#include <netinet/in.h>
#include <system_error>

namespace obrol {

std::string to_string(const Endpoint& endpoint) {
    const bool needs_brackets = endpoint.host.find(':') != std::string::npos;
    return needs_brackets ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                          : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string_view port = text.substr(colon + 1);
    Endpoint endpoint{std::string(host), 0};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (host.empty() || error != std::errc() || end != port.data() + port.size()) return std::nullopt;
    return endpoint;
}

std::string address_block(const std::string& host) {
    in6_addr address{};
    if (host == "::1" || ::inet_pton(AF_INET6, host.c_str(), &address) != 1) return host;
    std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    return std::string(text.data()) + "/64";
}

}  // namespace obrol
