// Everybody's folder: what the store has of it and, where the operator wants folders as directories (FolderStore), what
// lies in the directory.
//
// With directories the store's rows come first: a file is in the folder as soon as its row is committed, and is copied
// into the directory right after, or, after a crash, at the next start or when the folder is next listed. From then on
// the directory decides: what is changed there is changed, what is removed there is gone. Where the operator has put
// another file of that name meanwhile, that one stays: what was sent goes from the folder (not from the conversation);
// what somebody put there himself is kept in the store, and hides the operator's.
//
// On core's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "core/accounts.h"
#include "core/files.h"
#include "io/task.h"
#include "model/chat_error.h"
#include "model/reply.h"
#include "storage/folder_store.h"
#include "storage/group_commit.h"
#include "storage/store.h"

namespace obrol {

class Folders {
  public:
    // All of them must outlive it.
    struct Parts {
        Store& store;
        FolderStore* directories;  // null: there are none
        GroupCommit& commits;
        Accounts& accounts;
        Files& files;
        Logger& logger;
    };
    // Where the bytes of a file in a folder are: a blob, or a file in the directory.
    struct Found {
        std::uint64_t size = 0;
        std::optional<FolderFile> stored;
        std::unique_ptr<BlobReader> in_directory;  // null: `stored` has the blob
    };

    Folders(Parts parts, const FileLimits& limits) : parts_(parts), limits_(limits) {}

    // Removes what a crash left in the directories. Before the first request.
    Task<Result<void>> prepare();
    // Begins to copy what is not in the directories yet.
    void start();
    // Ends that after the file under way.
    Task<void> stop() { return placing_.close(); }

    FolderStore* directories() { return parts_.directories; }

    // By name. `unavailable`.
    Task<std::expected<std::vector<FolderList::Item>, ChatError>> list(UserRef user);
    // unknown_file, unavailable.
    Task<std::expected<Found, ChatError>> find(UserRef user, std::string name);
    // Before a file of that name comes into the folder: what the directory says. None, or file_exists, unavailable.
    Task<std::optional<ChatError>> make_room(UserRef user, std::string name);
    // It is in the folder no more; what it came by stays. unknown_file, file_exists (the directory has it, and
    // decides), unavailable.
    Task<std::expected<FolderFile, ChatError>> take_out(UserRef user, std::string name);
    // Copies what that folder has and the directory has not, soon.
    void place(UserId user);

  private:
    ChatError unavailable(std::string_view where, const Error& error);
    // Of a file that was in the directory and is not any more, or cannot come there.
    Task<void> remove(FolderFile file);
    Task<void> place_all();
    Task<void> place_in(UserId user);
    Task<void> place_file(UserRef user, FolderFile file);
    Task<void> find_what_to_place();
    // Once for each file and reason.
    void report(const UserRef& user, const FolderFile& file, std::string_view what);

    Parts parts_;
    const FileLimits& limits_;
    std::deque<UserId> waiting_;  // whose folders are to be placed, each once
    std::set<UserId> is_waiting_;
    bool is_placing_ = false;
    std::set<std::pair<FolderFileId, std::string>> reported_;
    Gate placing_{"copies into folders"};
};

}  // namespace obrol
