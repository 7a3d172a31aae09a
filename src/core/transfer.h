// A file between core and whoever carries its bytes (server/transfer.h). Made on core's thread by the request that it
// belongs to, taken with Chat::take_upload() or take_download(), and destroyed on core's thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "io/task.h"
#include "model/reply.h"

namespace obrol {

class Executor;

// Bytes on their way in (UploadReady). Destroying it before finish() gave FileSent or FileKept leaves nothing of it
// behind.
class Upload {
  public:
    virtual ~Upload() = default;

    // The next bytes, together no more than the request named; they must stay until the Task ends, which comes back to
    // the thread of `caller`, on which this is called. False: they could not be stored. finish() will say so; more is
    // not wanted.
    virtual Task<bool> write(Executor& caller, std::string_view bytes) = 0;
    // All bytes were written. FileSent or FileKept once the blob and what names it are committed, or Refused. On core's
    // thread, once.
    virtual Task<Reply> finish() = 0;
};

// Bytes on their way out (FileOffered).
class Download {
  public:
    virtual ~Download() = default;

    // Those from the offered offset to the end that were not read yet.
    virtual std::uint64_t bytes_left() const = 0;
    // The next ones, no more than are left; `into` must stay until the Task ends, which comes back to the thread of
    // `caller`, on which this is called. False: they cannot be read, the log says why.
    virtual Task<bool> read(Executor& caller, std::span<char> into) = 0;
};

}  // namespace obrol
