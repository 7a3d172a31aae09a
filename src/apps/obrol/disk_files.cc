#include "apps/obrol/disk_files.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "io/descriptor.h"

namespace obrol {
namespace {

Failure<Error> last_error() {
    return fail(std::generic_category().message(errno));
}

class DiskSource final : public FileSource {
  public:
    explicit DiskSource(Descriptor file) : file_(std::move(file)) {}

    Result<std::size_t> read(std::span<char> into) override {
        ssize_t count = 0;
        do {
            count = ::read(file_.get(), into.data(), into.size());
        } while (count < 0 && errno == EINTR);
        if (count < 0) return last_error();
        return static_cast<std::size_t>(count);
    }

  private:
    Descriptor file_;
};

class DiskPart final : public PartFile {
  public:
    explicit DiskPart(std::string path) : path_(std::move(path)) {}

    std::uint64_t size() const override {
        struct stat found {};
        if (::lstat(path_.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return 0;
        return static_cast<std::uint64_t>(found.st_size);
    }

    Result<void> cut(std::uint64_t size) override {
        if (!file_)
            if (Result<void> opened = open(); !opened) return opened;
        if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return last_error();
        return {};
    }

    Result<void> append(std::string_view bytes) override {
        OBROL_CHECK(static_cast<bool>(file_));
        while (!bytes.empty()) {
            const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return last_error();
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return {};
    }

    Result<void> finish(const std::string& path, bool replace) override {
        OBROL_CHECK(static_cast<bool>(file_));
        if (::fsync(file_.get()) != 0) return last_error();
        if (Result<void> named = name_it(path, replace); !named) return named;
        file_.reset();
        return {};
    }

  private:
    Result<void> open() {
        // What stands there under that name is followed nowhere, and only a file of its own is written.
        Descriptor file(
            ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
        if (!file) return last_error();
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return last_error();
        struct stat opened {};
        struct stat named {};
        if (::fstat(file.get(), &opened) != 0 || ::lstat(path_.c_str(), &named) != 0) return last_error();
        // Whoever held it until now has given it its last name: it is none of ours any more.
        if (opened.st_ino != named.st_ino || opened.st_dev != named.st_dev || !S_ISREG(opened.st_mode)) {
            errno = EBUSY;
            return last_error();
        }
        file_ = std::move(file);
        return {};
    }

    Result<void> name_it(const std::string& path, bool replace) {
        if (!replace) {
            if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return {};
            // Some file systems know no such renaming.
            if (errno != EINVAL) return last_error();
            struct stat found {};
            if (::lstat(path.c_str(), &found) == 0) errno = EEXIST;
            if (errno != ENOENT) return last_error();
        }
        if (::rename(path_.c_str(), path.c_str()) != 0) return last_error();
        return {};
    }

    const std::string path_;
    Descriptor file_;
};

}  // namespace

Result<LocalFiles::Opened> DiskFiles::open(const std::string& path) {
    // Without O_NONBLOCK, a pipe would wait for somebody who writes into it.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) return last_error();
    struct stat found {};
    if (::fstat(file.get(), &found) != 0) return last_error();
    if (!S_ISREG(found.st_mode)) return fail("bukan file biasa");
    return Opened{std::make_unique<DiskSource>(std::move(file)), static_cast<std::uint64_t>(found.st_size)};
}

bool DiskFiles::exists(const std::string& path) const {
    struct stat found {};
    return ::lstat(path.c_str(), &found) == 0;
}

bool DiskFiles::is_folder(const std::string& path) const {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

std::unique_ptr<PartFile> DiskFiles::part(const std::string& path) {
    return std::make_unique<DiskPart>(path);
}

}  // namespace obrol
