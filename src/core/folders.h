// Everybody's folder: what the store has of it and, where the operator wants folders as directories (FolderStore), what
// lies in the directory.
//
// With directories the store's rows come first: a file is in the folder as soon as its row is committed, and is copied
// into the directory right after, or, after a crash, at the next start or when the folder is next listed. From then on
// the directory decides: what is changed there is changed, what is removed there is gone. Where the operator has put
// another file of that name meanwhile, that one stays: what was sent goes from the folder (not from the conversation);
// what somebody put there himself is kept in the store, and hides the operator's.
//
// A file whose bytes are on another server comes here when somebody wants it; with directories that is at once, or as
// soon as there is a link to that server. What cannot be had there is tried again, ever more rarely.
//
// On core's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
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
#include "io/timer.h"
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
        TimerService& timers;
        Logger& logger;
    };
    // Where the bytes of a file in a folder are: a blob, or a file in the directory.
    struct Found {
        std::uint64_t size = 0;
        std::optional<FolderFile> stored;
        std::unique_ptr<BlobReader> in_directory;  // null: `stored` has the blob
    };

    // Brings the bytes of a file here that are on that server. server_unreachable: it has no link now.
    using Fetch = std::function<Task<std::expected<void, ChatError>>(ServerId from, FileCard file)>;

    Folders(Parts parts, const FileLimits& limits, Fetch fetch)
        : parts_(parts), limits_(limits), fetch_(std::move(fetch)) {}

    // Removes what a crash left in the directories. Before the first request.
    Task<Result<void>> prepare();
    // Copies what is not in the directories yet, soon.
    void place_all();
    // A link to that server has come up: what could not be had there is tried at once.
    void place_from(ServerId server);
    // Ends that after the files under way.
    Task<void> stop();

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
    // Copies what those folders have and their directories have not, soon.
    void place(UserId user);
    void place(const std::vector<UserId>& users);

  private:
    ChatError unavailable(std::string_view where, const Error& error);
    // Of a file that was in the directory and is not any more, or cannot come there.
    Task<void> remove(FolderFile file);
    Task<void> place_waiting();
    Task<void> place_in(UserId user);
    Task<void> place_file(UserRef user, FolderFile file);
    Task<void> find_what_to_place();
    // A file that could not be had, and is tried again.
    struct Retry {
        Retry(TimerService& timers, ServerId from) : server(from), timer(timers) {}
        const ServerId server;
        Duration after{};
        Timer timer;  // not active: due
    };
    void fetch_soon(const FolderFile& file);
    void fetch_later(const FolderFile& file);
    Task<std::expected<void, ChatError>> fetch(FolderFile file);
    Task<void> fetch_from(ServerId server);
    // Once for each file and reason.
    void report(const UserRef& user, const FolderFile& file, std::string_view what);

    Parts parts_;
    const FileLimits& limits_;
    const Fetch fetch_;
    // To be fetched from there before they can be placed, one at a time: a slow server makes nobody else wait. A server
    // is here while that goes on.
    std::map<ServerId, std::map<FolderFileId, FolderFile>> elsewhere_;
    std::map<FolderFileId, Retry> retries_;
    std::deque<UserId> waiting_;  // whose folders are to be placed, each once
    std::set<UserId> is_waiting_;
    bool is_placing_ = false;
    std::set<std::pair<FolderFileId, std::string>> reported_;
    Gate placing_{"copies into folders"};
};

}  // namespace obrol
