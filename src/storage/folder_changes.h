// Changes of folders (see change.h). Everybody has one folder, with one file for each name in it: what he put there
// himself, what was sent to him with NewFile::into_folder, and what came to him in a group by way of another server
// (AppendReplica). A file in a folder is a row that names a blob, as files do (file_changes.h).
//
// What somebody put there himself counts among his files and their bytes. What was sent to him counts for its sender
// alone, as the file that it is, and goes when the entry that brought it is erased.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/boxed.h"
#include "base/clock.h"
#include "base/strong_id.h"
#include "model/file.h"
#include "model/ids.h"
#include "storage/file_changes.h"

namespace obrol {

// Never given again.
using FolderFileId = StrongId<struct FolderFileTag>;

struct FolderFile {
    FolderFileId id;
    UserId user;  // whose folder
    std::string name;
    std::uint64_t size = 0;
    BlobDigest blob{};
    WallTime at{};
    ConversationId conversation;  // of the entry that brought it, as `seq`; none: he put it there himself
    Seq seq;
    bool is_placed = false;  // it was copied into his directory on the disk (storage/folder_store.h)
    ServerId elsewhere;      // its bytes are not here yet, but can be had there; none: they are here
};

// account_disabled, file_exists, folder_full, quota_exceeded, storage_full. `codes` and `into_folder` of the file are
// not looked at.
struct PutFolderFile {
    UserId user;
    Boxed<NewFile> file;  // always there
    WallTime at{};
};

// not_found. Exempt from the promise of durability.
struct NoteFolderFilePlaced {
    FolderFileId file;
};

// not_found. The answer is FolderFileRemoved.
struct RemoveFolderFile {
    FolderFileId file;
};
struct FolderFileRemoved {
    std::optional<BlobDigest> unused_blob;  // nothing names it any more
};

}  // namespace obrol
