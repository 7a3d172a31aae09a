// Who the server is to others (DESIGN section 5): an Ed25519 key in the data directory, made once. Whoever has a copy
// of the file is this server.
//
// The file: the key's seed as 64 hexadecimal digits; then a line for each key that was replaced, oldest first: old key,
// new key, and the signatures of both over that (dialects/peer/frame.h: rotation_text), with blanks between them.
#pragma once

#include <filesystem>
#include <vector>

#include "base/crypto/signing.h"
#include "base/random.h"
#include "base/result.h"
#include "dialects/peer/frame.h"

namespace obrol {

struct ServerKey {
    SigningSeed seed{};
    std::vector<PeerRotation> rotations;  // the last ones, as many as a handshake takes
};

// The one that is kept in `file`; at the first start a new one, which is written there durably. A file that is readable
// for others, or that holds something else, is an error.
Result<ServerKey> settle_server_key(const std::filesystem::path& file, SecureRandom& random);

// Replaces the key in the file by a new one, and keeps the old one's statement about it: the file has the one or the
// other whatever happens. A running server has to take the new one at once.
Result<ServerKey> rotate_server_key(const std::filesystem::path& file, SecureRandom& random);

}  // namespace obrol
