// One upload: from the request that announces it to the entry that it becomes. Internal to core.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/chat_state.h"
#include "core/files.h"
#include "core/transfer.h"

namespace obrol {

// Where a file goes: to a user, or into a group.
struct FileTarget {
    UserRef user;
    GroupRef group;
};

class FileUpload final : public Upload {
  public:
    struct Wanted {
        UserRef from;
        FileTarget to;
        std::string name;  // checked
        std::uint64_t size = 0;
        std::optional<IdempotencyKey> key;
    };

    // Counts among the uploads under way from now on; `state` must outlive it.
    FileUpload(Chat::State& state, Wanted wanted)
        : state_(state),
          wanted_(std::move(wanted)),
          place_(state.files, wanted_.from->id, wanted_.size),
          writer_(state.files.blobs().begin()) {}

    // Whether it may begin: none, or the answer to give instead of UploadReady.
    Task<std::optional<Reply>> look_ahead();

    Task<bool> write(Executor& caller, std::string_view bytes) override;
    Task<Reply> finish() override;

  private:
    NewFile new_file() const;
    Change post(NewFile file) const;
    void announce(const EntryHeader& entry, const FileCard& file) const;
    Task<Reply> sent_before(Posted posted);
    FileSent sent(const EntryHeader& entry, FileCard file) const;
    Reply refusal_of(ChatError why) const;
    Reply not_stored(const Error& error);

    Chat::State& state_;
    const Wanted wanted_;
    const Files::UploadPlace place_;
    std::unique_ptr<BlobWriter> writer_;
    std::optional<Error> failure_;
};

}  // namespace obrol
