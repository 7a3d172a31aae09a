// Folders as directories on the disk, for an operator who wants them there (the setting files.root): one for each user,
// in which his files lie under their names. What the store has of folders (storage/folder_changes.h) is copied there;
// from then on the directory is the truth, and what the operator puts there by hand belongs to the folder, too.
//
// Users' names and files' names are checked by the caller (model/name.h, model/file.h). Only regular files count; what
// lies behind a symbolic link is not there. Threads and errors as in storage/blob_store.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/task.h"
#include "model/file.h"
#include "storage/blob_store.h"

namespace obrol {

struct DirectoryFile {
    std::string name;
    std::uint64_t size = 0;
    WallTime changed_at{};
};

struct DirectoryPage {
    std::vector<DirectoryFile> files;  // by name
    bool more = false;                 // there are others, with greater names
};

class FolderStore {
  public:
    virtual ~FolderStore() = default;

    // At most `files_max`, those with the smallest names; names that no file may have are left out. None: the user has
    // no directory.
    virtual Task<Result<std::optional<DirectoryPage>>> list(std::string user, std::size_t files_max) = 0;
    // Null: there is no such file.
    virtual Task<Result<std::unique_ptr<BlobReader>>> open(std::string user, std::string name) = 0;
    // Copies a blob there, whole and durable or not at all; makes the user's directory. True also where a file of these
    // bytes is there already, false where one of others is.
    virtual Task<Result<bool>> add(std::string user, std::string name, BlobDigest blob) = 0;
    // All bytes of `from`, which both must stay until the Task ends.
    virtual Task<Result<void>> copy(BlobReader& from, BlobWriter& into) = 0;
    // At the start: removes copies that a crash cut off; how many there were.
    virtual Task<Result<std::size_t>> sweep() = 0;
};

}  // namespace obrol
