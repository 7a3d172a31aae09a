// What may be said about other servers.
#pragma once

#include <cstdint>
#include <string>

namespace obrol {

// What is wrong with an address to dial, in words for the person who gave it; empty: nothing.
std::string address_problem(const std::string& host, std::uint16_t port, bool private_addresses);

}  // namespace obrol
