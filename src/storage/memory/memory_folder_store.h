// Directories of folders in memory, for tests, which may put files there and take them away as an operator does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/executor.h"
#include "storage/folder_store.h"

namespace obrol {

class MemoryFolderStore final : public FolderStore {
  public:
    // Users' directories by name, each with its files by name.
    using Directories = std::map<std::string, std::map<std::string, std::string>>;

    // Both must outlive it.
    MemoryFolderStore(Executor& executor, BlobStore& blobs) : executor_(executor), blobs_(blobs) {}

    Task<Result<std::optional<DirectoryPage>>> list(std::string user, std::size_t files_max) override;
    Task<Result<std::unique_ptr<BlobReader>>> open(std::string user, std::string name) override;
    Task<Result<bool>> add(std::string user, std::string name, BlobDigest blob) override;
    Task<Result<void>> copy(BlobReader& from, BlobWriter& into) override;
    Task<Result<std::size_t>> sweep() override;

    Directories& directories() { return directories_; }
    // Calls of that kind fail from now on; with an empty text no longer.
    void fail_adds(std::string what) { add_failure_ = std::move(what); }
    void fail_opens(std::string what) { open_failure_ = std::move(what); }
    int adds() const { return adds_; }  // how often add() was called

  private:
    class Reader;

    const std::string* find(const std::string& user, const std::string& name) const;
    Task<Result<std::string>> bytes_of(BlobReader& from);

    Executor& executor_;
    BlobStore& blobs_;
    Directories directories_;
    std::string add_failure_;
    std::string open_failure_;
    int adds_ = 0;
};

}  // namespace obrol
