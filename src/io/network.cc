#include "io/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <netinet/in.h>

namespace obrol {

std::string to_string(const Endpoint& endpoint) {
    const bool needs_brackets = endpoint.host.find(':') != std::string::npos;
    return needs_brackets ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                          : fmt::format("{}:{}", endpoint.host, endpoint.port);
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
