#include "storage/memory/memory_folder_store.h"

#include <algorithm>
#include <span>

#include "io/next_turn.h"

namespace obrol {

class MemoryFolderStore::Reader final : public BlobReader {
  public:
    explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t size() const override { return bytes_.size(); }
    Task<Result<void>> read(Executor& caller, std::uint64_t offset, std::span<char> into) override {
        co_await NextTurn{caller};
        if (offset + into.size() > bytes_.size()) co_return fail("a file ends before its end");
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
        co_return Result<void>();
    }

  private:
    std::string bytes_;
};

const std::string* MemoryFolderStore::find(const std::string& user, const std::string& name) const {
    const auto directory = directories_.find(user);
    if (directory == directories_.end()) return nullptr;
    const auto file = directory->second.find(name);
    return file == directory->second.end() ? nullptr : &file->second;
}

Task<Result<std::optional<DirectoryPage>>> MemoryFolderStore::list(std::string user, std::size_t files_max) {
    co_await NextTurn{executor_};
    std::optional<DirectoryPage> page;
    const auto directory = directories_.find(user);
    if (directory == directories_.end()) co_return page;
    page.emplace();
    for (const auto& [name, bytes] : directory->second) {
        page->more = page->files.size() == files_max;
        if (page->more) break;
        page->files.push_back(DirectoryFile{name, bytes.size(), {}});
    }
    co_return page;
}

Task<Result<std::unique_ptr<BlobReader>>> MemoryFolderStore::open(std::string user, std::string name) {
    co_await NextTurn{executor_};
    if (!open_failure_.empty()) co_return fail(open_failure_);
    std::unique_ptr<BlobReader> reader;
    if (const std::string* bytes = find(user, name)) reader = std::make_unique<Reader>(*bytes);
    co_return reader;
}

Task<Result<std::string>> MemoryFolderStore::bytes_of(BlobReader& from) {
    std::string bytes(from.size(), '\0');
    const Result<void> got = co_await from.read(executor_, 0, bytes);
    if (!got) co_return Failure<Error>(got.error());
    co_return bytes;
}

Task<Result<bool>> MemoryFolderStore::add(std::string user, std::string name, BlobDigest blob) {
    ++adds_;
    const Result<std::unique_ptr<BlobReader>> reader = co_await blobs_.open(blob);
    if (!reader) co_return Failure<Error>(reader.error());
    Result<std::string> bytes = co_await bytes_of(**reader);
    if (!bytes) co_return Failure<Error>(bytes.error());
    if (!add_failure_.empty()) co_return fail(add_failure_);
    if (const std::string* there = find(user, name)) co_return *there == *bytes;
    directories_[user].emplace(std::move(name), std::move(*bytes));
    co_return true;
}

Task<Result<void>> MemoryFolderStore::copy(BlobReader& from, BlobWriter& into) {
    const Result<std::string> bytes = co_await bytes_of(from);
    if (!bytes) co_return Failure<Error>(bytes.error());
    co_return co_await into.write(executor_, *bytes);
}

Task<Result<std::size_t>> MemoryFolderStore::sweep() {
    co_await NextTurn{executor_};
    co_return std::size_t{0};
}

}  // namespace obrol
