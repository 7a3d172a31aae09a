// The files of whoever sits at a client, as the client sees them: on a disk, or in a test's hands. An error is in the
// system's words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/session/file_bytes.h"

namespace obrol {

// What has come of a download, under a name of its own until it is whole.
class PartFile {
  public:
    virtual ~PartFile() = default;
    // Bytes that are there, perhaps of an earlier attempt; 0 when there is no such file.
    virtual std::uint64_t size() const = 0;
    // Makes the file if there is none, and drops what is beyond the first `size` bytes.
    virtual Result<void> cut(std::uint64_t size) = 0;
    // Behind the last byte; after cut().
    virtual Result<void> append(std::string_view bytes) = 0;
    // All is there: it is safe on the disk and called `path` when this returns. Without `replace` no file may have that
    // name.
    virtual Result<void> finish(const std::string& path, bool replace) = 0;
};

class LocalFiles {
  public:
    struct Opened {
        std::unique_ptr<FileSource> bytes;
        std::uint64_t size = 0;
    };

    virtual ~LocalFiles() = default;
    // A regular file that can be read.
    virtual Result<Opened> open(const std::string& path) = 0;
    virtual bool exists(const std::string& path) const = 0;
    virtual bool is_folder(const std::string& path) const = 0;
    // Touches nothing on the disk yet.
    virtual std::unique_ptr<PartFile> part(const std::string& path) = 0;
};

}  // namespace obrol
