// Brings the bytes of files here that are on other servers, when somebody wants them. Whoever asks for what is on its
// way already waits for that.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <memory>

#include "base/log.h"
#include "core/files.h"
#include "core/links.h"
#include "model/chat_error.h"
#include "storage/group_commit.h"

namespace obrol {

class FilePulls {
  public:
    // All of them must outlive it.
    struct Parts {
        Files& files;
        GroupCommit& commits;
        Logger& logger;
    };

    FilePulls(Parts parts, std::size_t pulls_max) : parts_(parts), pulls_max_(pulls_max) {}

    // busy (pulls_max are under way), unavailable, not_found, not_stored.
    Task<std::expected<void, ChatError>> pull(Links& links, ServerId from, FileCard file);

  private:
    struct Pull;

    Task<std::expected<void, ChatError>> fetch(Links& links, ServerId from, FileCard file);

    Parts parts_;
    const std::size_t pulls_max_;
    std::map<BlobDigest, std::shared_ptr<Pull>> under_way_;
};

}  // namespace obrol
