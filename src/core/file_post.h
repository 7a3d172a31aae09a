// A file on its way into a conversation: what is asked of the store, and what is said of it. Internal to core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/chat_state.h"
#include "core/files.h"

namespace obrol {

// Where a file goes: to a user, or into a group.
struct FileTarget {
    UserRef user;
    GroupRef group;
};

struct FileToSend {
    UserRef from;
    FileTarget to;
    std::string name;  // checked
    std::uint64_t size = 0;
    std::optional<IdempotencyKey> key;
    bool into_folder = false;
};

class FilePost {
  public:
    // `state` must outlive it.
    FilePost(Chat::State& state, FileToSend wanted) : state_(state), wanted_(std::move(wanted)) {}

    // Whether the receiver's directory has room for the name; none, or the answer to give.
    Task<std::optional<Reply>> make_room();
    // What the store is to be asked before the bytes are there, and what it says: none when they may come, or the
    // answer to give instead.
    NewFile question() const;
    Task<std::optional<Reply>> look_ahead(NewFile question);
    // The blob is complete and held by `pin`, which is told when it is named. FileSent, or Refused.
    Task<Reply> commit(BlobDigest blob, Files::Pin& pin);

  private:
    bool is_for_elsewhere() const { return wanted_.to.group && wanted_.to.group->group.home; }
    Task<Reply> commit_elsewhere(BlobDigest blob, Files::Pin& pin);
    Change post(NewFile file) const;
    void announce(const EntryHeader& entry, const FileCard& file) const;
    Task<Reply> sent_before(Posted posted);
    FileSent sent(const EntryHeader& entry, FileCard file) const;
    Reply refusal(ChatError why) const;

    Chat::State& state_;
    const FileToSend wanted_;
};

}  // namespace obrol
