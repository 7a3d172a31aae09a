// What core keeps in mind about files: transfers under way, and blobs that must stay where they are.
//
// A blob that no file names any more is removed, unless an upload of equal bytes holds it meanwhile: such an upload may
// have found it there, and is about to name it. Whether one is named is always asked of the store, so it harms nobody
// to look once too often.
//
// On core's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "core/file_limits.h"
#include "core/transfer.h"
#include "io/task.h"
#include "model/chat_error.h"
#include "storage/blob_store.h"
#include "storage/store.h"

namespace obrol {

// A file as changes want it, with the limits that hold.
inline NewFile new_file_within(const FileLimits& limits) {
    NewFile file;
    file.user_bytes_max = limits.user_bytes_max;
    file.server_bytes_max = limits.server_bytes_max;
    file.folder_files_max = limits.folder_files_max;
    return file;
}

class Files {
  public:
    // All of them must outlive it.
    struct Parts {
        Store& store;
        BlobStore& blobs;
        Logger& logger;
    };

    Files(Parts parts, const FileLimits& limits) : parts_(parts), limits_(limits) {}

    // What a crash left goes. Before the first request.
    Task<Result<void>> sweep();
    // Waits for what is being removed. No transfer may be under way.
    Task<void> stop() { return removing_.close(); }

    BlobStore& blobs() { return parts_.blobs; }

    // Counts an upload for as long as it lives.
    class UploadPlace {
      public:
        UploadPlace(Files& files, UserId user, std::uint64_t bytes);
        ~UploadPlace();
        UploadPlace(const UploadPlace&) = delete;
        UploadPlace& operator=(const UploadPlace&) = delete;

      private:
        Files& files_;
        UserId user_;
        std::uint64_t bytes_;
    };
    // Why there cannot be one more now.
    std::optional<ChatError> refusal_of_upload(UserId user) const;
    std::uint64_t bytes_under_way(UserId user) const;
    std::uint64_t bytes_under_way() const { return bytes_under_way_; }

    // Keeps a blob where it is for as long as it lives.
    class Pin {
      public:
        Pin(Files& files, BlobDigest blob);
        ~Pin();
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

        // A file that names it was committed.
        void named() { is_named_ = true; }

      private:
        Files& files_;
        BlobDigest blob_;
        bool is_named_ = false;
    };
    // No file may name it any more: it is removed if that is so.
    void blob_unused(const BlobDigest& blob);

    // Opens the file's blob: `unavailable` where it cannot be read, `busy` beyond downloads_max.
    Task<std::expected<std::unique_ptr<Download>, ChatError>> open(FileCard file, std::uint64_t offset);
    // The same with bytes that are no blob.
    std::expected<std::unique_ptr<Download>, ChatError> open(std::unique_ptr<BlobReader> reader);

    // Transfers that wait for whoever carries their bytes, by their numbers.
    std::uint64_t keep(std::unique_ptr<Upload> upload);
    std::uint64_t keep(std::unique_ptr<Download> download);
    std::unique_ptr<Upload> take_upload(std::uint64_t transfer);
    std::unique_ptr<Download> take_download(std::uint64_t transfer);

  private:
    class OpenBlob;
    struct UserUploads {
        std::size_t count = 0;
        std::uint64_t bytes = 0;
    };
    struct Pinned {
        std::size_t pins = 0;
        bool is_doubtful = false;  // perhaps nobody names it: to be looked at when the last pin goes
    };

    void look_at(const BlobDigest& blob);
    static Task<void> remove_unless_named(Files& self, BlobDigest blob, std::uint64_t look);

    Parts parts_;
    const FileLimits& limits_;
    std::unordered_map<UserId, UserUploads> uploads_of_;  // those with any
    std::size_t uploads_ = 0;
    std::uint64_t bytes_under_way_ = 0;
    std::size_t downloads_ = 0;
    std::map<BlobDigest, Pinned> pinned_;
    std::map<BlobDigest, std::uint64_t> looks_;  // under way; only the newest of a blob counts
    std::uint64_t last_look_ = 0;
    Gate removing_{"removal of blobs"};
    std::uint64_t last_transfer_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Upload>> kept_uploads_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Download>> kept_downloads_;
};

}  // namespace obrol
