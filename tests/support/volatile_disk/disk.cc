#include "disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <set>
#include <string_view>

#include "kernel.h"

namespace obrol {
namespace {

constexpr std::string_view shared_memory_suffix = "-shm";  // SQLite maps it; a restart rebuilds it

}  // namespace

VolatileDisk& VolatileDisk::instance() {
    static VolatileDisk& disk = *new VolatileDisk;
    return disk;
}

VolatileDisk::VolatileDisk()
    : requested_directory_(std::getenv("VOLATILE_DISK_DIR") != nullptr ? std::getenv("VOLATILE_DISK_DIR") : "") {}

bool VolatileDisk::cover(int descriptor) {
    struct stat status {};
    if (kernel::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    std::array<char, PATH_MAX> path;
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    if (length <= 0) return false;
    const std::string_view name(path.data(), static_cast<std::size_t>(length));

    const std::lock_guard lock(mutex_);
    const bool covered =
        status.st_nlink > 0 && !name.ends_with(shared_memory_suffix) && is_below_directory(std::string(name));
    if (covered) {
        files_.try_emplace(key_of(status));
    } else {
        // The inode may have belonged to a covered file that was removed behind our back.
        files_.erase(key_of(status));
    }
    return covered;
}

VolatileDisk::Access VolatileDisk::access(int descriptor) {
    struct stat status {};
    // Sockets and pipes leave here without the lock, so that a signal handler may write to its pipe.
    if (!enabled() || kernel::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return {};
    std::unique_lock lock(mutex_);
    const auto found = files_.find(key_of(status));
    if (found == files_.end()) return {};
    return {std::move(lock), found->second};
}

void VolatileDisk::correct_size(struct stat& status) {
    if (!enabled() || !S_ISREG(status.st_mode)) return;
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(key_of(status));
    if (found != files_.end() && found->second.dirty()) status.st_size = found->second.size();
}

int VolatileDisk::sync(Access& file) {
    const int error = file->apply();
    close_spare_descriptors();
    return error;
}

void VolatileDisk::forget_nameless(const struct stat& before) {
    if (!S_ISREG(before.st_mode) || before.st_nlink > 1) return;
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(key_of(before));
    // Whoever has it open goes on with the real file.
    if (found != files_.end() && found->second.apply() == 0) files_.erase(found);
}

bool VolatileDisk::is_below_directory(const std::string& path) {
    if (directory_.empty()) {
        char* canonical = ::realpath(requested_directory_.c_str(), nullptr);
        if (canonical == nullptr) return false;
        directory_ = std::string(canonical) + "/";
        std::free(canonical);
    }
    return path.starts_with(directory_);
}

// A file that is written once (a blob) would otherwise cost a descriptor for ever. Only files that the program has
// closed are let go.
void VolatileDisk::close_spare_descriptors() {
    std::set<int> ours;
    for (const auto& [key, overlay] : files_)
        if (overlay.descriptor() >= 0) ours.insert(overlay.descriptor());
    if (ours.size() <= descriptor_limit_) return;

    std::set<Key> open;
    DIR* descriptors = ::opendir("/proc/self/fd");
    if (descriptors == nullptr) return;
    while (const dirent* entry = ::readdir(descriptors)) {
        const int descriptor = std::atoi(entry->d_name);
        struct stat status {};
        if (!ours.contains(descriptor) && kernel::fstat(descriptor, &status) == 0) open.insert(key_of(status));
    }
    ::closedir(descriptors);
    std::erase_if(files_, [&open](const auto& entry) { return !entry.second.dirty() && !open.contains(entry.first); });
    descriptor_limit_ = std::max<std::size_t>(64, 2 * files_.size());
}

}  // namespace obrol
