#include "storage/blobs/folder_files.h"

#include <algorithm>
#include <fmt/core.h>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "storage/blobs/directory.h"
#include "storage/blobs/draft_file.h"
#include "storage/blobs/folder_directory.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

fs::path drafts_in(const fs::path& root) {
    return root / ".new";  // no user's name begins so
}

}  // namespace

// A copy under way.
class FolderFiles::Draft {
  public:
    // The queue and the executor must outlive it.
    Draft(WorkQueue& queue, Executor& home, fs::path path, std::size_t sync_bytes)
        : queue_(queue), home_(home), file_(std::make_shared<blobs::DraftFile>(std::move(path), sync_bytes)) {}
    ~Draft() {
        queue_.submit([file = std::move(file_)] { file->discard(); }, [] {});
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    Task<Result<void>> operator()(std::string_view bytes) {
        auto work = queue_.run_from(home_, [this, bytes] { return file_->write(bytes); });
        co_return co_await work;
    }
    // False: the name is taken.
    Task<Result<bool>> publish(fs::path root, std::string user, std::string name) {
        auto work = queue_.run([this, &root, &user, &name]() -> Result<bool> {
            if (Result<void> done = file_->finish(); !done) return Failure<Error>(std::move(done.error()));
            return blobs::link_into_folder(root, user, name, file_->path());
        });
        co_return co_await work;
    }

  private:
    WorkQueue& queue_;
    Executor& home_;
    std::shared_ptr<blobs::DraftFile> file_;
};

Result<std::unique_ptr<FolderFiles>> FolderFiles::open(fs::path root, Options options, Parts parts) {
    // So that a drive that is not there is noticed at the start.
    struct stat facts {};
    if (::stat(root.c_str(), &facts) != 0) return system_failure(fmt::format("cannot open {}", root.string()), errno);
    if (Result<void> made = blobs::make_folder(drafts_in(root)); !made) return Failure<Error>(std::move(made.error()));
    return std::unique_ptr<FolderFiles>(new FolderFiles(std::move(root), std::move(options), parts));
}

Task<Result<std::optional<DirectoryPage>>> FolderFiles::list(std::string user, std::size_t files_max) {
    auto work = parts_.reading.run(
        [this, &user, files_max] { return blobs::list_folder(root_, user, files_max, options_.is_text); });
    co_return co_await work;
}

Task<Result<std::unique_ptr<BlobReader>>> FolderFiles::open(std::string user, std::string name) {
    auto work = parts_.reading.run([this, &user, &name] { return blobs::open_in_folder(root_, user, name); });
    Result<std::optional<blobs::OpenFile>> opened = co_await work;
    if (!opened) co_return Failure<Error>(std::move(opened.error()));
    std::unique_ptr<BlobReader> reader;
    if (*opened) reader = std::make_unique<blobs::FileReader>(parts_.reading, *std::move(*opened));
    co_return reader;
}

template <class Take>
Task<Result<void>> FolderFiles::for_each_chunk(BlobReader& from, Take& take) {
    std::vector<char> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(options_.chunk_bytes, from.size())));
    for (std::uint64_t at = 0; at < from.size();) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), from.size() - at));
        const std::span<char> part(chunk.data(), count);
        const Result<void> got = co_await from.read(parts_.home, at, part);
        if (!got) co_return got;
        const Result<void> taken = co_await take(std::string_view(chunk.data(), count));
        if (!taken) co_return taken;
        at += count;
    }
    co_return Result<void>();
}

Task<Result<void>> FolderFiles::copy(BlobReader& from, BlobWriter& into) {
    struct Write {
        Executor& home;
        BlobWriter& into;
        Task<Result<void>> operator()(std::string_view bytes) { return into.write(home, bytes); }
    };
    Write write{parts_.home, into};
    co_return co_await for_each_chunk(from, write);
}

Task<Result<bool>> FolderFiles::have_same_bytes(BlobReader& one, BlobReader& other) {
    if (one.size() != other.size()) co_return false;
    struct Compare {
        Executor& home;
        BlobReader& other;
        std::vector<char> chunk;
        std::uint64_t at = 0;
        bool is_same = true;

        Task<Result<void>> operator()(std::string_view bytes) {
            if (!is_same) co_return Result<void>();
            chunk.resize(bytes.size());
            const Result<void> got = co_await other.read(home, at, std::span<char>(chunk));
            at += bytes.size();
            is_same = got && std::ranges::equal(bytes, chunk);
            co_return got;
        }
    };
    Compare compare{parts_.home, other, {}};
    const Result<void> compared = co_await for_each_chunk(one, compare);
    if (!compared) co_return Failure<Error>(compared.error());
    co_return compare.is_same;
}

Task<Result<bool>> FolderFiles::add(std::string user, std::string name, BlobDigest blob) {
    const Result<std::unique_ptr<BlobReader>> bytes = co_await parts_.blobs.open(blob);
    if (!bytes) co_return Failure<Error>(bytes.error());
    // Also what an earlier attempt has left, of which the store does not know yet.
    const Result<std::unique_ptr<BlobReader>> there = co_await open(user, name);
    if (!there) co_return Failure<Error>(there.error());
    if (*there) co_return co_await have_same_bytes(**bytes, **there);

    Draft draft(parts_.writing, parts_.home, drafts_in(root_) / std::to_string(++last_draft_), options_.sync_bytes);
    const Result<void> copied = co_await for_each_chunk(**bytes, draft);
    if (!copied) co_return Failure<Error>(copied.error());
    co_return co_await draft.publish(root_, std::move(user), std::move(name));
}

Task<Result<std::size_t>> FolderFiles::sweep() {
    auto work = parts_.writing.run([this] { return blobs::remove_files_in(drafts_in(root_)); });
    co_return co_await work;
}

}  // namespace obrol
