#include "storage/blobs/blob_files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <optional>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/crypto/sha256.h"
#include "io/descriptor.h"
#include "storage/blobs/directory.h"

namespace obrol {
namespace {

namespace fs = std::filesystem;

// An upload under way. On the writing queue's worker only.
class Draft {
  public:
    Draft(fs::path directory, fs::path path, std::size_t sync_bytes)
        : directory_(std::move(directory)), path_(std::move(path)), sync_bytes_(sync_bytes) {}

    Result<void> write(std::string_view bytes);
    Result<BlobDigest> seal();
    Result<void> publish();
    // Nothing is left of it.
    void discard();

  private:
    Result<void> open();
    Result<void> sync();
    Failure<Error> failure(std::string_view doing) const {
        return system_failure(fmt::format("cannot {} {}", doing, path_.string()), errno);
    }

    const fs::path directory_;  // of all blobs
    const fs::path path_;
    const std::size_t sync_bytes_;
    Descriptor file_;
    Sha256 hash_;
    BlobDigest digest_{};
    std::uint64_t size_ = 0;
    std::size_t unsynced_ = 0;
    bool exists_ = false;
};

Result<void> Draft::open() {
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file_) return failure("make");
    exists_ = true;
    return {};
}

Result<void> Draft::sync() {
    if (::fdatasync(file_.get()) != 0) return failure("sync");
    unsynced_ = 0;
    return {};
}

Result<void> Draft::write(std::string_view bytes) {
    if (!file_) {
        if (Result<void> opened = open(); !opened) return opened;
    }
    hash_.update(bytes);
    size_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failure("write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
        unsynced_ += static_cast<std::size_t>(written);
    }
    return unsynced_ < sync_bytes_ ? Result<void>() : sync();
}

Result<BlobDigest> Draft::seal() {
    if (!file_) {
        if (Result<void> opened = open(); !opened) return Failure<Error>(std::move(opened.error()));
    }
    if (Result<void> synced = sync(); !synced) return Failure<Error>(std::move(synced.error()));
    file_.reset();
    digest_ = hash_.finish();
    return digest_;
}

Result<void> Draft::publish() {
    const fs::path target = blobs::path_of(directory_, digest_);
    struct stat there {};
    const bool is_there = ::stat(target.c_str(), &there) == 0 && static_cast<std::uint64_t>(there.st_size) == size_;
    if (is_there) {
        discard();
    } else {
        if (Result<void> made = blobs::make_folder(target.parent_path()); !made) return made;
        if (::rename(path_.c_str(), target.c_str()) != 0) return failure("rename");
        exists_ = false;
    }
    // Also for one that is there: whoever put it there may have failed to sync its name.
    return blobs::sync_directory(target.parent_path());
}

void Draft::discard() {
    file_.reset();
    if (std::exchange(exists_, false)) ::unlink(path_.c_str());
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

class BlobFiles::Reader final : public BlobReader {
  public:
    Reader(WorkQueue& queue, Descriptor file, std::uint64_t size)
        : queue_(queue), file_(std::move(file)), size_(size) {}
    // Closing the last descriptor of a removed file frees its blocks, which takes time.
    ~Reader() override {
        queue_.submit([file = std::move(file_)]() mutable { file.reset(); }, [] {});
    }

    std::uint64_t size() const override { return size_; }
    Task<Result<void>> read(Executor& caller, std::uint64_t offset, std::span<char> into) override {
        auto work = queue_.run_from(caller, [this, offset, into] { return fill(offset, into); });
        co_return co_await work;
    }

  private:
    Result<void> fill(std::uint64_t offset, std::span<char> into) const {
        while (!into.empty()) {
            const ssize_t got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_failure("cannot read a blob", errno);
            if (got == 0) return fail(fmt::format("a blob ends at byte {}, before its end", offset));
            offset += static_cast<std::uint64_t>(got);
            into = into.subspan(static_cast<std::size_t>(got));
        }
        return {};
    }

    WorkQueue& queue_;
    Descriptor file_;
    std::uint64_t size_;
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
    struct Opened {
        Descriptor file;
        std::uint64_t size = 0;
    };
    auto work = queues_.reading.run([path = blobs::path_of(directory_, blob)]() -> Result<Opened> {
        Opened opened{Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
        struct stat facts {};
        if (!opened.file || ::fstat(opened.file.get(), &facts) != 0)
            return system_failure(fmt::format("cannot open {}", path.string()), errno);
        opened.size = static_cast<std::uint64_t>(facts.st_size);
        return opened;
    });
    Result<Opened> opened = co_await work;
    if (!opened) co_return Failure<Error>(std::move(opened.error()));
    std::unique_ptr<BlobReader> reader =
        std::make_unique<Reader>(queues_.reading, std::move(opened->file), opened->size);
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
