#include "bench/scratch_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/core.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

#include "bench/file_descriptor.h"
#include "bench/system_error.h"

namespace obrol::bench {

Result<ScratchDirectory> ScratchDirectory::make(const std::string& root, const std::string& label) {
    std::error_code refused;
    std::filesystem::create_directories(root, refused);
    if (refused) return fail(fmt::format("cannot make {}: {}", root, refused.message()));
    const FileDescriptor at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at || ::syncfs(at.get()) != 0) return system_failure("cannot sync " + root, errno);
    std::string path = root + "/" + label + "-XXXXXX";
    if (!::mkdtemp(path.data())) return system_failure("cannot make a directory in " + root, errno);
    return ScratchDirectory(std::move(path));
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}

ScratchDirectory::~ScratchDirectory() {
    if (path_.empty()) return;
    std::error_code ignored;  // a leftover is visible in the data root and harms no later run
    std::filesystem::remove_all(path_, ignored);
}

Result<std::string> filesystem_name(const std::string& directory) {
    struct statfs about {};
    if (::statfs(directory.c_str(), &about) != 0) return system_failure("cannot look at " + directory, errno);
    switch (static_cast<unsigned long>(about.f_type)) {
        case EXT4_SUPER_MAGIC:
            return "ext4";
        case XFS_SUPER_MAGIC:
            return "xfs";
        case BTRFS_SUPER_MAGIC:
            return "btrfs";
        case F2FS_SUPER_MAGIC:
            return "f2fs";
        case OVERLAYFS_SUPER_MAGIC:
            return "overlayfs";
        case NFS_SUPER_MAGIC:
            return "nfs";
        case TMPFS_MAGIC:
            return "tmpfs";
        case RAMFS_MAGIC:
            return "ramfs";
        default:
            return fmt::format("filesystem {:#x}", static_cast<unsigned long>(about.f_type));
    }
}

}  // namespace obrol::bench
