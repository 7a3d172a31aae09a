// Where the bytes of files come from and go to, on the client's side: files on a disk, or what a test has in their
// place.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "model/reply.h"

namespace obrol {

// Both are called on the session's thread and may take as long as a disk of this machine does. An error is in the
// system's words.
class FileSource {
  public:
    virtual ~FileSource() = default;
    // The next bytes, at least one; 0 at the end of the file.
    virtual Result<std::size_t> read(std::span<char> into) = 0;
};

class FileSink {
  public:
    virtual ~FileSink() = default;
    // Before the first byte, also of an empty file: what comes, and from which offset on.
    virtual Result<void> begin(const FileOffered& offered) = 0;
    virtual Result<void> write(std::string_view bytes) = 0;
};

}  // namespace obrol
