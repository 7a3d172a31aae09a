#include "core/server_rules.h"

#include <optional>

#include "base/host.h"

namespace obrol {

std::string address_problem(const std::string& host, std::uint16_t port, bool private_addresses) {
    if (port == 0) return "the port must be a number from 1 to 65535";
    const std::optional<Reach> reach = reach_of(host);
    if (!reach && !is_host_name(host)) return "the address must be a numeric one, or a host's name";
    if (reach == Reach::never) return "that address cannot be another server's";
    if (reach == Reach::nearby && !private_addresses) return "private addresses are not allowed here";
    return {};
}

}  // namespace obrol
