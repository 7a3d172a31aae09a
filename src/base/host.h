// What the address or the name of another machine says by itself, without port and brackets.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obrol {

// A numeric address of this machine: everything of 127.0.0.0/8, and ::1.
inline bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1";
}

// How far away a numeric address may be.
enum class Reach : std::uint8_t {
    // Not for dialling on somebody's behalf: link-local, the metadata services of clouds (they take whoever asks for
    // this machine itself), unspecified, multicast and reserved addresses.
    never,
    nearby,  // this machine, and private networks
    anywhere,
};
// None: no numeric address. One that wraps an IPv4 address (::ffff:10.0.0.1) reaches as far as that.
std::optional<Reach> reach_of(std::string_view host);

// Of the form of a host's name (RFC 1123), and nothing that a resolver could take for a number: the last part begins
// with a letter.
bool is_host_name(std::string_view host);

}  // namespace obrol
