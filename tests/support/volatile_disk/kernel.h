// System calls without the C library's wrappers in between: those are what this folder's library replaces.
#pragma once

#include <cstddef>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace obrol::kernel {

inline ssize_t pread(int fd, void* out, std::size_t count, off_t offset) {
    return ::syscall(SYS_pread64, fd, out, count, offset);
}
inline ssize_t pwrite(int fd, const void* data, std::size_t count, off_t offset) {
    return ::syscall(SYS_pwrite64, fd, data, count, offset);
}
inline int ftruncate(int fd, off_t size) {
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
inline off_t lseek(int fd, off_t offset, int whence) {
    return ::syscall(SYS_lseek, fd, offset, whence);
}
inline int open(const char* path, int flags) {
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, 0));
}
inline int close(int fd) {
    return static_cast<int>(::syscall(SYS_close, fd));
}
inline int fstat(int fd, struct stat* out) {
    return static_cast<int>(::syscall(SYS_fstat, fd, out));
}
inline int lstat_at(int directory, const char* path, struct stat* out) {
    return static_cast<int>(::syscall(SYS_newfstatat, directory, path, out, AT_SYMLINK_NOFOLLOW));
}

}  // namespace obrol::kernel
