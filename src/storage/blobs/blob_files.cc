#include "storage/blobs/blob_files.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/crypto/sha256.h"
#include "io/descriptor.h"
#include "storage/blobs/directory.h"
#include "storage/blobs/draft_file.h"
#include "storage/blobs/file_reader.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

// An upload under way. On the writing queue's worker only.
class Draft {
  public:
    Draft(fs::path directory, fs::path path, std::size_t sync_bytes)
        : directory_(std::move(directory)), file_(std::move(path), sync_bytes) {}

    Result<void> write(std::string_view bytes) {
        hash_.update(bytes);
        return file_.write(bytes);
    }
    Result<BlobDigest> seal() {
        if (Result<void> finished = file_.finish(); !finished) return Failure<Error>(std::move(finished.error()));
        digest_ = hash_.finish();
        return digest_;
    }
    Result<void> publish();
    // Nothing is left of it.
    void discard() { file_.discard(); }

  private:
    const fs::path directory_;  // of all blobs
    blobs::DraftFile file_;
    Sha256 hash_;
    BlobDigest digest_{};
};

Result<void> Draft::publish() {
    const fs::path target = blobs::path_of(directory_, digest_);
    struct stat there {};
    const bool is_there =
        ::stat(target.c_str(), &there) == 0 && static_cast<std::uint64_t>(there.st_size) == file_.size();
    if (is_there) {
        discard();
    } else {
        if (Result<void> made = blobs::make_folder(target.parent_path()); !made) return made;
        if (Result<void> renamed = file_.rename_to(target); !renamed) return renamed;
    }
    // Also for one that is there: whoever put it there may have failed to sync its name.
    return blobs::sync_directory(target.parent_path());
}

}  // namespace

class BlobFiles::Writer final : public BlobWriter {
  public:
    Writer(WorkQueue& queue, std::shared_ptr<Draft> draft) : queue_(queue), draft_(std::move(draft)) {}
    ~Writer() override {
        queue_.submit([draft = std::move(draft_)] { draft->discard(); }, [] {});
    }

    Task<Result<void>> write(Executor& caller, std::string_view bytes) override {
        auto work = queue_.run_from(caller, [this, bytes] { return draft_->write(bytes); });
        co_return co_await work;
    }
    Task<Result<BlobDigest>> seal() override {
        auto work = queue_.run([this] { return draft_->seal(); });
        co_return co_await work;
    }
    Task<Result<void>> publish() override {
        auto work = queue_.run([this] { return draft_->publish(); });
        co_return co_await work;
    }

  private:
    WorkQueue& queue_;
    std::shared_ptr<Draft> draft_;
};

Result<std::unique_ptr<BlobFiles>> BlobFiles::open(fs::path directory, Options options, Queues queues) {
    for (const fs::path& folder : {directory, blobs::drafts_in(directory)}) {
        if (Result<void> made = blobs::make_folder(folder); !made) return Failure<Error>(std::move(made.error()));
    }
    return std::unique_ptr<BlobFiles>(new BlobFiles(std::move(directory), options, queues));
}

std::unique_ptr<BlobWriter> BlobFiles::begin() {
    fs::path path = blobs::drafts_in(directory_) / std::to_string(++last_draft_);
    auto draft = std::make_shared<Draft>(directory_, std::move(path), options_.sync_bytes);
    return std::make_unique<Writer>(queues_.writing, std::move(draft));
}

Task<Result<std::unique_ptr<BlobReader>>> BlobFiles::open(BlobDigest blob) {
    auto work = queues_.reading.run([path = blobs::path_of(directory_, blob)]() -> Result<blobs::OpenFile> {
        blobs::OpenFile opened{Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
        struct stat facts {};
        if (!opened.file || ::fstat(opened.file.get(), &facts) != 0)
            return system_failure(fmt::format("cannot open {}", path.string()), errno);
        opened.size = static_cast<std::uint64_t>(facts.st_size);
        return opened;
    });
    Result<blobs::OpenFile> opened = co_await work;
    if (!opened) co_return Failure<Error>(std::move(opened.error()));
    std::unique_ptr<BlobReader> reader = std::make_unique<blobs::FileReader>(queues_.reading, std::move(*opened));
    co_return reader;
}

Task<Result<void>> BlobFiles::remove(BlobDigest blob) {
    auto work = queues_.writing.run([path = blobs::path_of(directory_, blob)]() -> Result<void> {
        if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
        return system_failure(fmt::format("cannot remove {}", path.string()), errno);
    });
    co_return co_await work;
}

Task<Result<BlobSweep>> BlobFiles::sweep(std::vector<BlobDigest> named) {
    auto work = queues_.writing.run([directory = directory_, named = std::move(named)] {
        return blobs::sweep(directory, std::set<BlobDigest>(named.begin(), named.end()));
    });
    co_return co_await work;
}

}  // namespace obrol
