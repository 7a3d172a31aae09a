#include "storage/blobs/draft_file.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace obrol::blobs {

Failure<Error> DraftFile::failure(std::string_view doing) const {
    return system_failure(fmt::format("cannot {} {}", doing, path_.string()), errno);
}

Result<void> DraftFile::open() {
    if (file_) return {};
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file_) return failure("make");
    exists_ = true;
    return {};
}

Result<void> DraftFile::sync() {
    if (::fdatasync(file_.get()) != 0) return failure("sync");
    unsynced_ = 0;
    return {};
}

Result<void> DraftFile::write(std::string_view bytes) {
    if (Result<void> opened = open(); !opened) return opened;
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

Result<void> DraftFile::finish() {
    if (Result<void> opened = open(); !opened) return opened;
    if (Result<void> synced = sync(); !synced) return synced;
    file_.reset();
    return {};
}

Result<void> DraftFile::rename_to(const std::filesystem::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return failure("rename");
    exists_ = false;
    return {};
}

void DraftFile::discard() {
    file_.reset();
    if (std::exchange(exists_, false)) ::unlink(path_.c_str());
}

}  // namespace obrol::blobs
