// An open file as a BlobReader.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "io/descriptor.h"
#include "io/work_queue.h"
#include "storage/blob_store.h"

namespace obrol::blobs {

// A file that is open for reading, as long as it was when it was opened.
struct OpenFile {
    Descriptor file;
    std::uint64_t size = 0;
};

class FileReader final : public BlobReader {
  public:
    // `queue` must outlive it.
    FileReader(WorkQueue& queue, OpenFile opened) : queue_(queue), file_(std::move(opened.file)), size_(opened.size) {}
    ~FileReader() override;

    std::uint64_t size() const override { return size_; }
    Task<Result<void>> read(Executor& caller, std::uint64_t offset, std::span<char> into) override;

  private:
    Result<void> fill(std::uint64_t offset, std::span<char> into) const;

    WorkQueue& queue_;
    Descriptor file_;
    std::uint64_t size_;
};

}  // namespace obrol::blobs
