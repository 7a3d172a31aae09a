#include "io/network.h"

#include <fmt/format.h>

namespace obrol {

std::string to_string(const Endpoint& endpoint) {
    const bool needs_brackets = endpoint.host.find(':') != std::string::npos;
    return needs_brackets ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                          : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

}  // namespace obrol
