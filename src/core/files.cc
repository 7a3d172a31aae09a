#include "core/files.h"

#include <fmt/core.h>

namespace obrol {

Task<Result<void>> Files::sweep() {
    Result<std::vector<BlobDigest>> named = co_await parts_.store.blobs();
    if (!named) co_return Failure<Error>(std::move(named.error()));
    const Result<BlobSweep> swept = co_await parts_.blobs.sweep(std::move(*named));
    if (!swept) co_return Failure<Error>(swept.error());
    if (swept->unfinished + swept->unnamed > 0)
        parts_.logger.info("files: removed {} unfinished uploads and {} blobs that no file names", swept->unfinished,
                           swept->unnamed);
    for (const BlobDigest& blob : swept->missing)
        parts_.logger.error("files: the blob {} is missing", to_string(blob));
    co_return Result<void>();
}

// Transfers.

Files::UploadPlace::UploadPlace(Files& files, UserId user, std::uint64_t bytes)
    : files_(files), user_(user), bytes_(bytes) {
    UserUploads& uploads = files_.uploads_of_[user_];
    ++uploads.count;
    uploads.bytes += bytes_;
    ++files_.uploads_;
    files_.bytes_under_way_ += bytes_;
}

Files::UploadPlace::~UploadPlace() {
    const auto uploads = files_.uploads_of_.find(user_);
    uploads->second.bytes -= bytes_;
    if (--uploads->second.count == 0) files_.uploads_of_.erase(uploads);
    --files_.uploads_;
    files_.bytes_under_way_ -= bytes_;
}

std::optional<ChatError> Files::refusal_of_upload(UserId user) const {
    const auto uploads = uploads_of_.find(user);
    const std::size_t of_user = uploads == uploads_of_.end() ? 0 : uploads->second.count;
    if (of_user >= limits_.uploads_per_user_max || uploads_ >= limits_.uploads_max) return ChatError::too_many_uploads;
    return std::nullopt;
}

std::uint64_t Files::bytes_under_way(UserId user) const {
    const auto uploads = uploads_of_.find(user);
    return uploads == uploads_of_.end() ? 0 : uploads->second.bytes;
}

class Files::OpenBlob final : public Download {
  public:
    OpenBlob(Files& files, std::unique_ptr<BlobReader> reader, std::uint64_t offset)
        : files_(files), reader_(std::move(reader)), next_(offset) {}
    ~OpenBlob() override { --files_.downloads_; }

    std::uint64_t bytes_left() const override { return reader_->size() - next_; }
    Task<bool> read(Executor& caller, std::span<char> into) override {
        const Result<void> got = co_await reader_->read(caller, next_, into);
        next_ += into.size();
        if (!got) files_.parts_.logger.error("files: {}", got.error().what);
        co_return got.has_value();
    }

  private:
    Files& files_;
    std::unique_ptr<BlobReader> reader_;
    std::uint64_t next_;
};

Task<std::expected<std::unique_ptr<Download>, ChatError>> Files::open(FileCard file, std::uint64_t offset) {
    if (downloads_ >= limits_.downloads_max) co_return Failure<ChatError>(ChatError::busy);
    ++downloads_;
    Result<std::unique_ptr<BlobReader>> reader = co_await parts_.blobs.open(file.blob);
    if (reader && (*reader)->size() == file.size) {
        std::unique_ptr<Download> opened = std::make_unique<OpenBlob>(*this, std::move(*reader), offset);
        co_return opened;
    }
    --downloads_;
    parts_.logger.error("files: {}: {}", file.code.empty() ? file.name : file.code,
                        reader ? "its blob has another size" : reader.error().what);
    co_return Failure<ChatError>(ChatError::unavailable);
}

std::expected<std::unique_ptr<Download>, ChatError> Files::open(std::unique_ptr<BlobReader> reader) {
    if (downloads_ >= limits_.downloads_max) return Failure<ChatError>(ChatError::busy);
    ++downloads_;
    return std::make_unique<OpenBlob>(*this, std::move(reader), 0);
}

std::uint64_t Files::keep(std::unique_ptr<Upload> upload) {
    kept_uploads_.emplace(++last_transfer_, std::move(upload));
    return last_transfer_;
}

std::uint64_t Files::keep(std::unique_ptr<Download> download) {
    kept_downloads_.emplace(++last_transfer_, std::move(download));
    return last_transfer_;
}

std::unique_ptr<Upload> Files::take_upload(std::uint64_t transfer) {
    const auto kept = kept_uploads_.extract(transfer);
    return kept.empty() ? nullptr : std::move(kept.mapped());
}

std::unique_ptr<Download> Files::take_download(std::uint64_t transfer) {
    const auto kept = kept_downloads_.extract(transfer);
    return kept.empty() ? nullptr : std::move(kept.mapped());
}

// Blobs.

Files::Pin::Pin(Files& files, BlobDigest blob) : files_(files), blob_(blob) {
    Pinned& pinned = files_.pinned_[blob_];
    ++pinned.pins;
    // What was being looked at is looked at again once it is let go.
    if (files_.looks_.erase(blob_) > 0) pinned.is_doubtful = true;
}

Files::Pin::~Pin() {
    const auto pinned = files_.pinned_.find(blob_);
    if (!is_named_) pinned->second.is_doubtful = true;
    if (--pinned->second.pins > 0) return;
    const bool is_doubtful = pinned->second.is_doubtful;
    files_.pinned_.erase(pinned);
    if (is_doubtful) files_.look_at(blob_);
}

void Files::blob_unused(const BlobDigest& blob) {
    const auto pinned = pinned_.find(blob);
    if (pinned == pinned_.end()) return look_at(blob);
    pinned->second.is_doubtful = true;
}

void Files::look_at(const BlobDigest& blob) {
    looks_[blob] = ++last_look_;
    removing_.spawn(remove_unless_named(*this, blob, last_look_));
}

// A removal that is skipped because the server stops is made up for by the sweep of the next start.
Task<void> Files::remove_unless_named(Files& self, BlobDigest blob, std::uint64_t look) {
    const Result<bool> is_named = co_await self.parts_.store.is_blob_named(blob);
    const auto newest = self.looks_.find(blob);
    if (newest == self.looks_.end() || newest->second != look) co_return;
    self.looks_.erase(newest);
    if (!is_named) {
        self.parts_.logger.error("store: {}", is_named.error().what);
        co_return;
    }
    if (*is_named) co_return;
    const Result<void> removed = co_await self.parts_.blobs.remove(blob);
    if (!removed) self.parts_.logger.error("files: {}", removed.error().what);
}

}  // namespace obrol
