// The way of an upload's bytes into a blob, which its kind names once they are all there. Internal to core.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/chat_state.h"
#include "core/files.h"
#include "core/transfer.h"

namespace obrol {

class BlobUpload : public Upload {
  public:
    Task<bool> write(Executor& caller, std::string_view bytes) override;
    // Instead of write(): all bytes of `from`, as many as were announced. What fails is said by finish().
    Task<void> fill(FolderStore& directories, BlobReader& from);
    Task<Reply> finish() override;

  protected:
    // Counts among the uploads under way of `user` from now on; `state` must outlive it.
    BlobUpload(Chat::State& state, UserId user, std::uint64_t size)
        : state_(state),
          user_(user),
          size_(size),
          place_(state.files, user, size),
          writer_(state.files.blobs().begin()) {}

    // The blob is complete: the change that names it, and its answer. `pin` is told when it is named.
    virtual Task<Reply> name(BlobDigest blob, Files::Pin& pin) = 0;
    // What other uploads under way will need.
    void count_under_way(NewFile& file) const;

    Chat::State& state_;

  private:
    Reply not_stored(const Error& error);

    const UserId user_;
    const std::uint64_t size_;
    const Files::UploadPlace place_;
    std::unique_ptr<BlobWriter> writer_;
    std::optional<Error> failure_;
};

}  // namespace obrol
