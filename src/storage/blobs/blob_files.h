// Blobs as files:
//
//   DIRECTORY/ab/abcdef…   a whole blob, named by its SHA-256 in hexadecimal digits
//   DIRECTORY/new/N        an upload under way; what a crash leaves here is removed at the next start
//
// An upload is synced every `sync_bytes`, so that no sync of chat's store has to wait for much of it, and once more
// before it is renamed; then its directory is synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"
#include "io/work_queue.h"
#include "storage/blob_store.h"

namespace obrol {

class BlobFiles final : public BlobStore {
  public:
    struct Options {
        std::size_t sync_bytes = 1024 * 1024;  // written without a sync at most, and one write more
    };
    // Both complete on the store's home and must outlive it and what it gives out. `writing` has one worker and runs
    // its work in order.
    struct Queues {
        WorkQueue& writing;
        WorkQueue& reading;
    };

    // Makes the directory if it is not there; blocks. The directory belongs to this process alone (DataDirectory).
    static Result<std::unique_ptr<BlobFiles>> open(std::filesystem::path directory, Options options, Queues queues);

    std::unique_ptr<BlobWriter> begin() override;
    Task<Result<std::unique_ptr<BlobReader>>> open(BlobDigest blob) override;
    Task<Result<void>> remove(BlobDigest blob) override;
    Task<Result<BlobSweep>> sweep(std::vector<BlobDigest> named) override;

  private:
    class Writer;

    BlobFiles(std::filesystem::path directory, Options options, Queues queues)
        : directory_(std::move(directory)), options_(options), queues_(queues) {}

    const std::filesystem::path directory_;
    const Options options_;
    const Queues queues_;
    std::uint64_t last_draft_ = 0;
};

}  // namespace obrol
