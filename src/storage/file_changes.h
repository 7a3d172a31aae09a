// Changes of files (see change.h). A file is a row that belongs to one entry of kind `file`; its bytes are a blob,
// which equal files share and which is counted: it must be in the blob store before a change names it, and may go when
// the last row that names it, here or in a folder (folder_changes.h), has gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/file.h"
#include "model/ids.h"

namespace obrol {

// Part of a post. quota_exceeded, storage_full; busy when no code of `codes` is free. Its blob is not part of what a
// retry under the same key is compared by: the key is asked about before the bytes are there.
struct NewFile {
    std::string name;  // checked by the caller (model/file.h)
    std::uint64_t size = 0;
    BlobDigest blob{};
    std::vector<std::string> codes;  // the first that no other file has is taken
    // The most bytes of the sender's files together, unless he has a quota of his own (SetQuota), and of everybody's;
    // each file counts in full, also where others have the same bytes. 0: no limit.
    std::uint64_t user_bytes_max = 0;
    std::uint64_t server_bytes_max = 0;
    // Before the bytes are there: nothing is written. The answer is a refusal, or the one kept under the key, or Posted
    // without entries: it would pass now. `blob` and `codes` are not looked at; what other uploads under way will need
    // counts as if it were stored.
    bool only_asks = false;
    std::uint64_t user_bytes_under_way = 0;
    std::uint64_t server_bytes_under_way = 0;
    // It lies in the receiver's folder, too; or file_exists, folder_full. Of a group: in the folder of every member but
    // the sender that can take it. For a receiver on another server his server is told; what waits to be accepted by
    // him (PostDirect) stays out of his folder.
    bool into_folder = false;
    std::size_t folder_files_max = 0;  // of one folder; 0: any number
};

// unknown_user. The most bytes of the user's files; none: the server's setting holds.
struct SetQuota {
    UserId user;
    std::optional<std::uint64_t> bytes_max;
};

// The bytes of every file with that blob are here now, also in folders; a file that claims another size for it stays
// elsewhere. Exempt from the promise of durability. The answer is Done.
struct BlobArrived {
    BlobDigest blob{};
    std::uint64_t size = 0;
};

// What EraseBody did; of an entry of kind `file` the file goes, too, and with it what it brought into folders.
struct BodyErased {
    std::optional<BlobDigest> unused_blob;  // no file names it any more
};

// A file as it is stored.
struct StoredFile {
    FileCard card;
    ConversationId conversation;
    Seq seq;  // of its entry
    UserId owner;
    UserId to;  // the receiver in a direct conversation; none: a group
    WallTime at{};
    ServerId elsewhere;  // its bytes are not here yet, but can be had there; none: they are here
};

// Files that were sent, and those that somebody put into his folder himself.
struct FileUsage {
    std::int64_t files = 0;
    std::uint64_t bytes = 0;
    std::int64_t in_folder = 0;  // how many files his folder holds, whoever sent them; of everybody: not counted
    std::optional<std::uint64_t> quota;  // the user's own (SetQuota)
};

}  // namespace obrol
