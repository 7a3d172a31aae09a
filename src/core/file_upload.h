// One upload into a conversation: from the request that announces it to the entry that it becomes. Internal to core.
#pragma once

#include <optional>

#include "core/blob_upload.h"
#include "core/file_post.h"

namespace obrol {

class FileUpload final : public BlobUpload {
  public:
    // `state` must outlive it.
    FileUpload(Chat::State& state, FileToSend wanted)
        : BlobUpload(state, wanted.from->id, wanted.size), post_(state, std::move(wanted)) {}

    // Whether it may begin: none, or the answer to give instead of UploadReady.
    Task<std::optional<Reply>> look_ahead();

  private:
    Task<Reply> name(BlobDigest blob, Files::Pin& pin) override { return post_.commit(blob, pin); }

    FilePost post_;
};

}  // namespace obrol
