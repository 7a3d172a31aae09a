// Brings the bytes of files here that are on other servers, when somebody wants them. Whoever asks for what is on its
// way already waits for that.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <tuple>

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

    enum class For : std::uint8_t {
        somebody,  // who waits for it: busy where pulls_max such ones are under way
        folders,   // nobody waits
    };
    // busy, unavailable, not_found, not_stored.
    Task<std::expected<void, ChatError>> pull(Links& links, ServerId from, FileCard file, For whom);

  private:
    struct Pull;

    Task<std::expected<void, ChatError>> fetch(Links& links, ServerId from, FileCard file, For whom);

    Parts parts_;
    const std::size_t pulls_max_;
    // By the server that has it and the size that it claims.
    using Wanted = std::tuple<ServerId, BlobDigest, std::uint64_t>;
    std::map<Wanted, std::shared_ptr<Pull>> under_way_;
    std::size_t for_somebody_ = 0;  // of those
};

}  // namespace obrol
