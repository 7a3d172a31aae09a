// The handshake of a link inside TLS: both sides say who they are and prove it (docs/protocol/federation.md).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/crypto/signing.h"
#include "dialects/peer/frame.h"
#include "federation/frame_stream.h"
#include "federation/link_end.h"
#include "io/task.h"

namespace obrol {

// What one side brings along. The key must outlive the handshakes.
struct Identity {
    const SigningKey& key;
    PeerHello hello;
    std::vector<PeerRotation> rotations;  // oldest first, at most peer_rotations_max; the last one leads to `key`
    std::uint16_t port_on_loopback = 0;   // in the place of hello's, for those on this machine; 0: the same

    // For the other side, which is at that address.
    PeerHello hello_to(const std::string& host) const;
    // Whether this server has that key, or had it.
    bool is_own(const PublicKey& other) const;
};

// Whom one has at the other end, proven.
struct Introduced {
    PeerHello hello;
    std::vector<PeerRotation> rotations;  // each signed by its two keys, and the last one leads to hello.key
};

// A link that ends, and what is to be said about it.
struct Farewell {
    LinkEnd why = LinkEnd::closed;
    std::string words;
};

// Ends when both are introduced, or when the stream is closed: it knows no time.
Task<std::expected<Introduced, Farewell>> shake_hands(FrameStream& frames, PeerRole role, const Identity& own);

}  // namespace obrol
