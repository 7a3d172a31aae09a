// Folders as directories:
//
//   ROOT/messi/notes.txt   a file in messi's folder
//   ROOT/.new/N            a copy under way; what a crash leaves here is removed at the next start
//
// The root is the operator's: it must be there, and it may be on another disk than the data directory. A copy is
// written and synced in ROOT/.new, then gets its name by a link, which never overwrites, then the directory is synced.
// Below the root no symbolic link is followed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/executor.h"
#include "io/work_queue.h"
#include "storage/folder_store.h"

namespace obrol {

class FolderFiles final : public FolderStore {
  public:
    struct Options {
        std::size_t sync_bytes = 1024 * 1024;  // as in BlobFiles::Options
        std::size_t chunk_bytes = 256 * 1024;  // copied and compared at a time; held in memory
        // What a name must be besides a file's name: the rest of the system trusts names to be text.
        std::function<bool(std::string_view)> is_text;
    };
    // All must outlive it and what it gives out. Both queues complete on `home`; `writing` has one worker and runs its
    // work in order.
    struct Parts {
        Executor& home;
        BlobStore& blobs;
        WorkQueue& writing;
        WorkQueue& reading;
    };

    // Blocks. Fails where there is no such directory, or nothing can be written there.
    static Result<std::unique_ptr<FolderFiles>> open(std::filesystem::path root, Options options, Parts parts);

    Task<Result<std::optional<DirectoryPage>>> list(std::string user, std::size_t files_max) override;
    Task<Result<std::unique_ptr<BlobReader>>> open(std::string user, std::string name) override;
    Task<Result<bool>> add(std::string user, std::string name, BlobDigest blob) override;
    Task<Result<void>> copy(BlobReader& from, BlobWriter& into) override;
    Task<Result<std::size_t>> sweep() override;

  private:
    class Draft;

    FolderFiles(std::filesystem::path root, Options options, Parts parts)
        : root_(std::move(root)), options_(std::move(options)), parts_(parts) {}

    // Calls `take(bytes)`, which gives a Task<Result<void>>, for all bytes of `from` in turn.
    template <class Take>
    Task<Result<void>> for_each_chunk(BlobReader& from, Take& take);
    Task<Result<bool>> have_same_bytes(BlobReader& one, BlobReader& other);

    const std::filesystem::path root_;
    const Options options_;
    const Parts parts_;
    std::uint64_t last_draft_ = 0;
};

}  // namespace obrol
