#include "storage/data_directory.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace obrol {
namespace {

constexpr char lock_name[] = "obrold.lock";

std::string reason() {
    return std::strerror(errno);
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    int release() { return std::exchange(number_, -1); }

  private:
    int number_;
};

Result<void> sync_directory(const std::filesystem::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() < 0 || ::fsync(directory.number()) != 0)
        return fail(fmt::format("cannot sync {}: {}", path.string(), reason()));
    return {};
}

// A directory that is not durable in its parent would take all that was acknowledged with it.
Result<void> make_directory(const std::filesystem::path& path) {
    if (::mkdir(path.c_str(), S_IRWXU) == 0) return sync_directory(path.parent_path());
    if (errno == EEXIST) return {};
    if (errno != ENOENT || !path.has_relative_path())
        return fail(fmt::format("cannot make the directory {}: {}", path.string(), reason()));
    if (Result<void> parent = make_directory(path.parent_path()); !parent) return parent;
    if (::mkdir(path.c_str(), S_IRWXU) != 0)
        return fail(fmt::format("cannot make the directory {}: {}", path.string(), reason()));
    return sync_directory(path.parent_path());
}

// Who holds the lock wrote his process id into the file; empty when he has not come to that yet.
std::string holder(int lock) {
    char text[32];
    const ssize_t size = ::pread(lock, text, sizeof text, 0);
    return size > 0 ? fmt::format(" (pid {})", std::string_view(text, static_cast<std::size_t>(size))) : std::string();
}

}  // namespace

Result<DataDirectory> DataDirectory::open(std::filesystem::path path) {
    std::error_code trouble;
    path = std::filesystem::absolute(path, trouble).lexically_normal();
    if (trouble) return fail(fmt::format("cannot find {}: {}", path.string(), trouble.message()));
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    if (Result<void> made = make_directory(path); !made) return Failure<Error>(made.error());

    const std::filesystem::path name = path / lock_name;
    Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (lock.number() < 0) return fail(fmt::format("cannot open {}: {}", name.string(), reason()));
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail(fmt::format("cannot lock {}: {}", name.string(), reason()));
        return fail(fmt::format("{} is in use by another obrold{}", path.string(), holder(lock.number())));
    }
    const std::string id = std::to_string(::getpid());
    if (::ftruncate(lock.number(), 0) != 0 ||
        ::pwrite(lock.number(), id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
        return fail(fmt::format("cannot write {}: {}", name.string(), reason()));
    }
    return DataDirectory(std::move(path), lock.release());
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
    // The file stays: removing it would let a second server lock a new one while a third still waits for this.
    if (lock_ >= 0) ::close(lock_);
}

}  // namespace obrol
