// BLAKE2b-256 (RFC 7693) through libsodium: token hashes and request fingerprints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace obrol {

using Digest = std::array<std::uint8_t, 32>;

Digest digest(std::string_view data);

// For hash tables keyed by digests: any eight bytes of a digest are as good as random.
struct DigestHash {
    std::size_t operator()(const Digest& value) const noexcept;
};

}  // namespace obrol
