// A file that is being written under a temporary name, synced as it grows. Blocking; errors in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "io/descriptor.h"

namespace obrol::blobs {

class DraftFile {
  public:
    // Nothing is made before the first write() or finish(). Written without a sync: at most `sync_bytes`, and one write
    // more.
    DraftFile(std::filesystem::path path, std::size_t sync_bytes) : path_(std::move(path)), sync_bytes_(sync_bytes) {}

    Result<void> write(std::string_view bytes);
    // No more bytes come: those that did are on the disk.
    Result<void> finish();
    // After finish(). Another file of that name is replaced; its directory is the caller's to sync.
    Result<void> rename_to(const std::filesystem::path& target);
    // Nothing is left of it.
    void discard();

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }

  private:
    Result<void> open();
    Result<void> sync();
    Failure<Error> failure(std::string_view doing) const;

    const std::filesystem::path path_;
    const std::size_t sync_bytes_;
    Descriptor file_;
    std::uint64_t size_ = 0;
    std::size_t unsynced_ = 0;
    bool exists_ = false;
};

}  // namespace obrol::blobs
