// Changes of files (see change.h). A file is a row that belongs to one entry of kind `file`; its bytes are a blob,
// which equal files share and which is counted: it must be in the blob store before a change names it, and may go when
// the last row that names it has gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/file.h"
#include "model/ids.h"

namespace obrol {

// Part of a post. quota_exceeded, storage_full; busy when no code of `codes` is free.
struct NewFile {
    std::string name;  // checked by the caller (model/file.h)
    std::uint64_t size = 0;
    BlobDigest blob{};
    std::vector<std::string> codes;  // the first that no other file has is taken
    // The most bytes of the sender's files together, unless he has a quota of his own (SetQuota), and of everybody's;
    // each file counts in full, also where others have the same bytes. 0: no limit.
    std::uint64_t user_bytes_max = 0;
    std::uint64_t server_bytes_max = 0;
};

// unknown_user. The most bytes of the user's files; none: the server's setting holds.
struct SetQuota {
    UserId user;
    std::optional<std::uint64_t> bytes_max;
};

// What EraseBody did; of an entry of kind `file` the file goes, too.
struct BodyErased {
    std::optional<BlobDigest> unused_blob;  // no file names it any more
};

}  // namespace obrol
