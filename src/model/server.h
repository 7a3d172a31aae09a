// Another server, or this one (DESIGN section 5): its key is who it is, its label is what it claims to be called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto/signing.h"
#include "model/ids.h"

namespace obrol {

// What people compare: the first half of the SHA-256 of the key in eight groups of four hexadecimal digits, "3f2a 91c0
// …".
std::string fingerprint(const PublicKey& key);

// Labels are 1 to 63 letters, digits, '-', '_' and '.', compared without case; first a letter or digit.
inline constexpr std::size_t server_label_bytes_max = 63;
bool is_server_label(std::string_view text);

// Stored as numbers: never renumber.
enum class ServerState : std::uint8_t {
    known = 0,         // added, or met in a group; nobody has connected it
    connected = 1,     // a link is kept up, or at least awaited
    disconnected = 2,  // by an administrator: no link until it is connected again
    blocked = 3,       // by the operator: neither
};

struct Server {
    ServerId id;
    std::string label;             // unique here: "B", or "B~3f2a" where another key had it first
    std::optional<PublicKey> key;  // none: added, but never met
    std::string host;              // empty: its address is not known
    std::uint16_t port = 0;
    bool is_address_told = false;  // by that server itself, and by nobody here
    ServerState state = ServerState::known;
    WallTime met_at{};  // when its key was pinned
    ServerId named_by;  // by whose word alone it is known; none: it was added here, or met

    friend bool operator==(const Server&, const Server&) = default;
};

// Somebody here has said where it is.
inline bool was_added(const Server& server) {
    return !server.host.empty() && !server.is_address_told;
}

// Nobody knows any more who and where it was: only its users' names are left, for the sake of the logs.
inline bool is_forgotten(const Server& server) {
    return server.host.empty() && !server.key;
}

// The link to a server at this moment.
enum class LinkState : std::uint8_t { idle, connecting, up, down, disconnected, blocked };
std::string_view to_string(LinkState state);

}  // namespace obrol
