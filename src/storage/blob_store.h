// The bytes of files: blobs, named by what they are (SHA-256), each kept once (DESIGN section 5). Who needs a blob is
// the Store's business (storage/file_changes.h); this is only where the bytes are.
//
// Made and called on one executor's thread, its home, except for what names a caller: that is called on the caller's
// thread, to which its Task comes back. Blobs appear and go in the order of the calls of publish() and remove().
// Everything that a Task gives was done on the disk when it ends. Errors are the disk's own trouble, in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/file.h"

namespace obrol {

class Executor;

// One blob on its way in; invisible until it is published. One call at a time. After an error only destroying is left.
class BlobWriter {
  public:
    // On the home's thread, with nothing under way. What was not published is gone.
    virtual ~BlobWriter() = default;

    // The next bytes; they must stay until the Task ends.
    virtual Task<Result<void>> write(Executor& caller, std::string_view bytes) = 0;
    // No more bytes come: what they are is on the disk, and this is their name.
    virtual Task<Result<BlobDigest>> seal() = 0;
    // After seal(). Durable under its name from now on, or given up for an equal one that is.
    virtual Task<Result<void>> publish() = 0;
};

// One blob to be read; what is read stays readable when the blob is removed meanwhile. On the home's thread, but
// read().
class BlobReader {
  public:
    virtual ~BlobReader() = default;

    virtual std::uint64_t size() const = 0;
    // Fills `into` from `offset` on; it must stay until the Task ends. An error also beyond the end.
    virtual Task<Result<void>> read(Executor& caller, std::uint64_t offset, std::span<char> into) = 0;
};

// What sweep() did and found.
struct BlobSweep {
    std::size_t unfinished = 0;       // uploads that a crash cut off, removed
    std::size_t unnamed = 0;          // blobs that no file names, removed
    std::vector<BlobDigest> missing;  // that a file names and that are not there
};

class BlobStore {
  public:
    virtual ~BlobStore() = default;

    virtual std::unique_ptr<BlobWriter> begin() = 0;
    virtual Task<Result<std::unique_ptr<BlobReader>>> open(BlobDigest blob) = 0;
    // Fine if it is not there. May come back after a crash: the next sweep removes it then.
    virtual Task<Result<void>> remove(BlobDigest blob) = 0;
    // At the start, before anything else: removes what a crash left behind, and every blob that is not among `named`.
    virtual Task<Result<BlobSweep>> sweep(std::vector<BlobDigest> named) = 0;
};

}  // namespace obrol
