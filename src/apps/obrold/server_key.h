// The server's key (DESIGN section 5): who it is to other servers. Made at the first start, then kept in the data
// directory.
#pragma once

#include <filesystem>

#include "base/crypto/signing.h"
#include "base/random.h"
#include "base/result.h"

namespace obrol {

// What is kept in `file`; made there, for its owner only, when it is missing. An error when something else stands there.
Result<SigningSeed> settle_server_key(const std::filesystem::path& file, SecureRandom& random);

}  // namespace obrol
