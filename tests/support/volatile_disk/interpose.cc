// The C library's functions as the program calls them with this library preloaded: those on covered files work on the
// overlay, all others go on to the library's own. README.md says what is not covered.
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk.h"
#include "kernel.h"

namespace obrol {
namespace {

template <class Function>
Function* next_function(const char* name) {
    auto* function = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
    if (function == nullptr) std::abort();
    return function;
}

// What a system call answers: `value`, or -1 and errno.
template <class Value>
Value answer(int error, Value value) {
    if (error == 0) return value;
    errno = error;
    return -1;
}

bool may_read(int descriptor) {
    return (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
}
bool may_write(int descriptor) {
    return (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

ssize_t read_at(VolatileDisk::Access& file, int descriptor, std::span<const iovec> parts, off_t offset) {
    if (!may_read(descriptor)) return answer<ssize_t>(EBADF, -1);
    if (offset < 0) return answer<ssize_t>(EINVAL, -1);
    ssize_t total = 0;
    for (const iovec& part : parts) {
        const std::span<std::byte> out(static_cast<std::byte*>(part.iov_base), part.iov_len);
        std::size_t got = 0;
        if (file->dirty()) {
            got = file->read(offset + total, out);
        } else {
            const ssize_t result = kernel::pread(descriptor, out.data(), out.size(), offset + total);
            if (result < 0) return total > 0 ? total : -1;
            got = static_cast<std::size_t>(result);
        }
        total += static_cast<ssize_t>(got);
        if (got < out.size()) break;
    }
    return total;
}

ssize_t write_at(VolatileDisk::Access& file, int descriptor, std::span<const iovec> parts, off_t offset) {
    if (!may_write(descriptor)) return answer<ssize_t>(EBADF, -1);
    if (offset < 0) return answer<ssize_t>(EINVAL, -1);
    ssize_t total = 0;
    for (const iovec& part : parts) {
        const std::span<const std::byte> bytes(static_cast<const std::byte*>(part.iov_base), part.iov_len);
        if (bytes.empty()) continue;
        const int error = file->write(descriptor, offset + total, bytes);
        if (error != 0) return total > 0 ? total : answer<ssize_t>(error, -1);
        total += static_cast<ssize_t>(bytes.size());
    }
    return total;
}

off_t size_of(VolatileDisk::Access& file, int descriptor) {
    if (file->dirty()) return file->size();
    struct stat status {};
    return kernel::fstat(descriptor, &status) == 0 ? status.st_size : 0;
}

// read, readv: at the descriptor's own position, which the kernel keeps.
ssize_t read_on(VolatileDisk::Access& file, int descriptor, std::span<const iovec> parts) {
    const off_t position = kernel::lseek(descriptor, 0, SEEK_CUR);
    const ssize_t got = read_at(file, descriptor, parts, position);
    if (got > 0) kernel::lseek(descriptor, position + got, SEEK_SET);
    return got;
}

ssize_t write_on(VolatileDisk::Access& file, int descriptor, std::span<const iovec> parts) {
    const bool appending = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
    const off_t position = appending ? size_of(file, descriptor) : kernel::lseek(descriptor, 0, SEEK_CUR);
    const ssize_t written = write_at(file, descriptor, parts, position);
    if (written > 0) kernel::lseek(descriptor, position + written, SEEK_SET);
    return written;
}

iovec one_part(const void* data, std::size_t count) {
    return {const_cast<void*>(data), count};
}

int open_covered(int directory, const char* path, int flags, mode_t mode) {
    static const auto next = next_function<int(int, const char*, int, ...)>("openat64");
    VolatileDisk& disk = VolatileDisk::instance();
    if (!disk.enabled() || (flags & O_PATH) != 0) return next(directory, path, flags, mode);
    // Cutting a file is a change like any other: not on the disk before the next sync.
    const bool cuts = (flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY;
    const int descriptor = next(directory, path, cuts ? flags & ~O_TRUNC : flags, mode);
    if (descriptor < 0) return descriptor;
    const bool covered = disk.cover(descriptor);
    if (!cuts) return descriptor;
    struct stat status {};
    kernel::fstat(descriptor, &status);
    if (covered) {
        if (VolatileDisk::Access file = disk.access(descriptor)) file->truncate(descriptor, 0);
    } else if (S_ISREG(status.st_mode)) {
        kernel::ftruncate(descriptor, 0);
    }
    return descriptor;
}

// The status of what a path names, which may be removed next; all zeros if there is nothing.
struct stat status_before(int directory, const char* path) {
    struct stat status {};
    const int saved = errno;
    if (!VolatileDisk::instance().enabled() || kernel::lstat_at(directory, path, &status) != 0) status = {};
    errno = saved;
    return status;
}

template <class Status>
int with_size(int result, Status* status) {
    static_assert(sizeof(Status) == sizeof(struct stat), "only systems whose off_t has 64 bits");
    if (result == 0) VolatileDisk::instance().correct_size(*reinterpret_cast<struct stat*>(status));
    return result;
}

template <class Next>
int cut(int descriptor, off_t size, Next next) {
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, size);
    if (size < 0 || !may_write(descriptor)) return answer(EINVAL, 0);
    return answer(file->truncate(descriptor, size), 0);
}

template <class Next>
int synced(int descriptor, Next next) {
    VolatileDisk& disk = VolatileDisk::instance();
    VolatileDisk::Access file = disk.access(descriptor);
    // What is in the real file survives the process: there is nothing to wait for.
    return file ? answer(disk.sync(file), 0) : next(descriptor);
}

// Reserving room only matters here where it makes the file longer. Answers an errno value.
int reserve(VolatileDisk::Access& file, int descriptor, off_t offset, off_t length) {
    const off_t end = offset + length;
    return end > size_of(file, descriptor) ? file->truncate(descriptor, end) : 0;
}

}  // namespace
}  // namespace obrol

using obrol::VolatileDisk;

// ---- opening --------------------------------------------------------------------------------------------------------

#define EXPORTED extern "C" __attribute__((visibility("default")))

#define MODE_ARGUMENT(flags)                        \
    mode_t mode = 0;                                \
    if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) { \
        va_list arguments;                          \
        va_start(arguments, flags);                 \
        mode = va_arg(arguments, mode_t);           \
        va_end(arguments);                          \
    }

EXPORTED int open(const char* path, int flags, ...) {
    MODE_ARGUMENT(flags)
    return obrol::open_covered(AT_FDCWD, path, flags, mode);
}
EXPORTED int open64(const char* path, int flags, ...) {
    MODE_ARGUMENT(flags)
    return obrol::open_covered(AT_FDCWD, path, flags, mode);
}
EXPORTED int openat(int directory, const char* path, int flags, ...) {
    MODE_ARGUMENT(flags)
    return obrol::open_covered(directory, path, flags, mode);
}
EXPORTED int openat64(int directory, const char* path, int flags, ...) {
    MODE_ARGUMENT(flags)
    return obrol::open_covered(directory, path, flags, mode);
}
EXPORTED int creat(const char* path, mode_t mode) {
    return obrol::open_covered(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
EXPORTED int creat64(const char* path, mode_t mode) {
    return creat(path, mode);
}
// What -D_FORTIFY_SOURCE makes of the above.
EXPORTED int __open_2(const char* path, int flags) {
    return obrol::open_covered(AT_FDCWD, path, flags, 0);
}
EXPORTED int __open64_2(const char* path, int flags) {
    return obrol::open_covered(AT_FDCWD, path, flags, 0);
}
EXPORTED int __openat_2(int directory, const char* path, int flags) {
    return obrol::open_covered(directory, path, flags, 0);
}
EXPORTED int __openat64_2(int directory, const char* path, int flags) {
    return obrol::open_covered(directory, path, flags, 0);
}

// ---- reading --------------------------------------------------------------------------------------------------------

EXPORTED ssize_t read(int descriptor, void* out, size_t count) {
    static const auto next = obrol::next_function<ssize_t(int, void*, size_t)>("read");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, out, count);
    const iovec part = obrol::one_part(out, count);
    return obrol::read_on(file, descriptor, {&part, 1});
}
EXPORTED ssize_t readv(int descriptor, const iovec* parts, int count) {
    static const auto next = obrol::next_function<ssize_t(int, const iovec*, int)>("readv");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, parts, count);
    return obrol::read_on(file, descriptor, {parts, static_cast<size_t>(count)});
}
EXPORTED ssize_t pread64(int descriptor, void* out, size_t count, off64_t offset) {
    static const auto next = obrol::next_function<ssize_t(int, void*, size_t, off64_t)>("pread64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, out, count, offset);
    const iovec part = obrol::one_part(out, count);
    return obrol::read_at(file, descriptor, {&part, 1}, offset);
}
EXPORTED ssize_t pread(int descriptor, void* out, size_t count, off_t offset) {
    return pread64(descriptor, out, count, offset);
}
EXPORTED ssize_t preadv64(int descriptor, const iovec* parts, int count, off64_t offset) {
    static const auto next = obrol::next_function<ssize_t(int, const iovec*, int, off64_t)>("preadv64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, parts, count, offset);
    return obrol::read_at(file, descriptor, {parts, static_cast<size_t>(count)}, offset);
}
EXPORTED ssize_t preadv(int descriptor, const iovec* parts, int count, off_t offset) {
    return preadv64(descriptor, parts, count, offset);
}
// What -D_FORTIFY_SOURCE makes of the above: the last argument is the size of `out`.
EXPORTED ssize_t __read_chk(int descriptor, void* out, size_t count, size_t size) {
    if (count > size) std::abort();
    return read(descriptor, out, count);
}
EXPORTED ssize_t __pread_chk(int descriptor, void* out, size_t count, off_t offset, size_t size) {
    if (count > size) std::abort();
    return pread64(descriptor, out, count, offset);
}
EXPORTED ssize_t __pread64_chk(int descriptor, void* out, size_t count, off64_t offset, size_t size) {
    if (count > size) std::abort();
    return pread64(descriptor, out, count, offset);
}

// ---- writing --------------------------------------------------------------------------------------------------------

EXPORTED ssize_t write(int descriptor, const void* data, size_t count) {
    static const auto next = obrol::next_function<ssize_t(int, const void*, size_t)>("write");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, data, count);
    const iovec part = obrol::one_part(data, count);
    return obrol::write_on(file, descriptor, {&part, 1});
}
EXPORTED ssize_t writev(int descriptor, const iovec* parts, int count) {
    static const auto next = obrol::next_function<ssize_t(int, const iovec*, int)>("writev");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, parts, count);
    return obrol::write_on(file, descriptor, {parts, static_cast<size_t>(count)});
}
EXPORTED ssize_t pwrite64(int descriptor, const void* data, size_t count, off64_t offset) {
    static const auto next = obrol::next_function<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, data, count, offset);
    const iovec part = obrol::one_part(data, count);
    return obrol::write_at(file, descriptor, {&part, 1}, offset);
}
EXPORTED ssize_t pwrite(int descriptor, const void* data, size_t count, off_t offset) {
    return pwrite64(descriptor, data, count, offset);
}
EXPORTED ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
    static const auto next = obrol::next_function<ssize_t(int, const iovec*, int, off64_t)>("pwritev64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, parts, count, offset);
    return obrol::write_at(file, descriptor, {parts, static_cast<size_t>(count)}, offset);
}
EXPORTED ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
    return pwritev64(descriptor, parts, count, offset);
}
EXPORTED int ftruncate64(int descriptor, off64_t size) noexcept {
    static const auto next = obrol::next_function<int(int, off64_t)>("ftruncate64");
    return obrol::cut(descriptor, size, next);
}
EXPORTED int ftruncate(int descriptor, off_t size) noexcept {
    return ftruncate64(descriptor, size);
}
EXPORTED int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    static const auto next = obrol::next_function<int(int, off64_t, off64_t)>("posix_fallocate64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    return file ? obrol::reserve(file, descriptor, offset, length) : next(descriptor, offset, length);
}
EXPORTED int posix_fallocate(int descriptor, off_t offset, off_t length) {
    return posix_fallocate64(descriptor, offset, length);
}
EXPORTED int fallocate64(int descriptor, int mode, off64_t offset, off64_t length) {
    static const auto next = obrol::next_function<int(int, int, off64_t, off64_t)>("fallocate64");
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file) return next(descriptor, mode, offset, length);
    if (mode != 0) return obrol::answer(EOPNOTSUPP, 0);
    return obrol::answer(obrol::reserve(file, descriptor, offset, length), 0);
}
EXPORTED int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    return fallocate64(descriptor, mode, offset, length);
}

// ---- syncing --------------------------------------------------------------------------------------------------------

EXPORTED int fsync(int descriptor) {
    static const auto next = obrol::next_function<int(int)>("fsync");
    return obrol::synced(descriptor, next);
}
EXPORTED int fdatasync(int descriptor) {
    static const auto next = obrol::next_function<int(int)>("fdatasync");
    return obrol::synced(descriptor, next);
}

// ---- sizes ----------------------------------------------------------------------------------------------------------

EXPORTED off64_t lseek64(int descriptor, off64_t offset, int whence) noexcept {
    static const auto next = obrol::next_function<off64_t(int, off64_t, int)>("lseek64");
    if (whence != SEEK_END) return next(descriptor, offset, whence);
    VolatileDisk::Access file = VolatileDisk::instance().access(descriptor);
    if (!file || !file->dirty()) return next(descriptor, offset, whence);
    return next(descriptor, file->size() + offset, SEEK_SET);
}
EXPORTED off_t lseek(int descriptor, off_t offset, int whence) noexcept {
    return lseek64(descriptor, offset, whence);
}

EXPORTED int stat(const char* path, struct stat* out) noexcept {
    static const auto next = obrol::next_function<int(const char*, struct stat*)>("stat");
    return obrol::with_size(next(path, out), out);
}
EXPORTED int stat64(const char* path, struct stat64* out) noexcept {
    static const auto next = obrol::next_function<int(const char*, struct stat64*)>("stat64");
    return obrol::with_size(next(path, out), out);
}
EXPORTED int lstat(const char* path, struct stat* out) noexcept {
    static const auto next = obrol::next_function<int(const char*, struct stat*)>("lstat");
    return obrol::with_size(next(path, out), out);
}
EXPORTED int lstat64(const char* path, struct stat64* out) noexcept {
    static const auto next = obrol::next_function<int(const char*, struct stat64*)>("lstat64");
    return obrol::with_size(next(path, out), out);
}
EXPORTED int fstat(int descriptor, struct stat* out) noexcept {
    static const auto next = obrol::next_function<int(int, struct stat*)>("fstat");
    return obrol::with_size(next(descriptor, out), out);
}
EXPORTED int fstat64(int descriptor, struct stat64* out) noexcept {
    static const auto next = obrol::next_function<int(int, struct stat64*)>("fstat64");
    return obrol::with_size(next(descriptor, out), out);
}
EXPORTED int fstatat(int directory, const char* path, struct stat* out, int flags) noexcept {
    static const auto next = obrol::next_function<int(int, const char*, struct stat*, int)>("fstatat");
    return obrol::with_size(next(directory, path, out, flags), out);
}
EXPORTED int fstatat64(int directory, const char* path, struct stat64* out, int flags) noexcept {
    static const auto next = obrol::next_function<int(int, const char*, struct stat64*, int)>("fstatat64");
    return obrol::with_size(next(directory, path, out, flags), out);
}

// ---- names ----------------------------------------------------------------------------------------------------------

EXPORTED int unlinkat(int directory, const char* path, int flags) noexcept {
    static const auto next = obrol::next_function<int(int, const char*, int)>("unlinkat");
    const struct stat before = obrol::status_before(directory, path);
    const int result = next(directory, path, flags);
    if (result == 0) VolatileDisk::instance().forget_nameless(before);
    return result;
}
EXPORTED int unlink(const char* path) noexcept {
    return unlinkat(AT_FDCWD, path, 0);
}
EXPORTED int remove(const char* path) noexcept {
    static const auto next = obrol::next_function<int(const char*)>("remove");
    const struct stat before = obrol::status_before(AT_FDCWD, path);
    const int result = next(path);
    if (result == 0) VolatileDisk::instance().forget_nameless(before);
    return result;
}
EXPORTED int renameat(int old_directory, const char* old_path, int new_directory, const char* new_path) noexcept {
    static const auto next = obrol::next_function<int(int, const char*, int, const char*)>("renameat");
    const struct stat moved = obrol::status_before(old_directory, old_path);
    const struct stat replaced = obrol::status_before(new_directory, new_path);
    const int result = next(old_directory, old_path, new_directory, new_path);
    const bool same = moved.st_dev == replaced.st_dev && moved.st_ino == replaced.st_ino;
    if (result == 0 && !same) VolatileDisk::instance().forget_nameless(replaced);
    return result;
}
EXPORTED int rename(const char* old_path, const char* new_path) noexcept {
    return renameat(AT_FDCWD, old_path, AT_FDCWD, new_path);
}
