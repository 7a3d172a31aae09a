#include "core/blob_upload.h"

namespace obrol {

// On the carrier's thread.
Task<bool> BlobUpload::write(Executor& caller, std::string_view bytes) {
    const Result<void> written = co_await writer_->write(caller, bytes);
    if (!written) failure_ = written.error();
    co_return written.has_value();
}

Task<void> BlobUpload::fill(FolderStore& directories, BlobReader& from) {
    const Result<void> copied = co_await directories.copy(from, *writer_);
    if (!copied) failure_ = copied.error();
}

void BlobUpload::count_under_way(NewFile& file) const {
    file.user_bytes_under_way = state_.files.bytes_under_way(user_) - size_;
    file.server_bytes_under_way = state_.files.bytes_under_way() - size_;
}

Reply BlobUpload::not_stored(const Error& error) {
    state_.parts.logger.error("files: an upload of {} bytes is not stored: {}", size_, error.what);
    return refused(ChatError::not_stored);
}

Task<Reply> BlobUpload::finish() {
    if (failure_) co_return not_stored(*failure_);
    const Result<BlobDigest> blob = co_await writer_->seal();
    if (!blob) co_return not_stored(blob.error());
    // From before it can be found, or an equal one was found, until it is named.
    Files::Pin pin(state_.files, *blob);
    const Result<void> published = co_await writer_->publish();
    if (!published) co_return not_stored(published.error());
    co_return co_await name(*blob, pin);
}

}  // namespace obrol
