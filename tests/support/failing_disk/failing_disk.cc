// Preloaded into a real server, makes its disk fail on demand; see README.md.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Whether the file named by FAILING_DISK exists and begins with `trouble`.
bool is_on(const char* trouble) {
    const char* path = std::getenv("FAILING_DISK");
    if (!path) return false;
    const int saved = errno;
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    char word[16] = {};
    const bool is_read = fd >= 0 && ::read(fd, word, sizeof word - 1) > 0;
    if (fd >= 0) ::close(fd);
    errno = saved;
    return is_read && std::strncmp(word, trouble, std::strlen(trouble)) == 0;
}

}  // namespace

extern "C" {

int fsync(int fd) {
    static const auto real = next<int(int)>("fsync");
    if (!is_on("sync")) return real(fd);
    errno = EIO;
    return -1;
}

int fdatasync(int fd) {
    static const auto real = next<int(int)>("fdatasync");
    if (!is_on("sync")) return real(fd);
    errno = EIO;
    return -1;
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    static const auto real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    if (!is_on("full")) return real(fd, data, size, offset);
    errno = ENOSPC;
    return -1;
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
    static const auto real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    if (!is_on("full")) return real(fd, data, size, offset);
    errno = ENOSPC;
    return -1;
}

}  // extern "C"
