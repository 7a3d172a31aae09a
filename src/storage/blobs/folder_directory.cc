#include "storage/blobs/folder_directory.h"

#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "model/file.h"

namespace obrol::blobs {
namespace {

namespace fs = std::filesystem;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Failure<Error> failure(std::string_view doing, const fs::path& what) {
    return system_failure(fmt::format("cannot {} {}", doing, what.string()), errno);
}

// Whether errno says that it is not there, or is a link or another thing that is never ours.
bool is_absent() {
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO;
}

// Callers have checked their names; a mistake of theirs must not leave the root nevertheless.
bool is_one_component(std::string_view name) {
    return file_name_of(name) == name;
}

// None: the user has no directory.
Result<std::optional<Descriptor>> open_folder(const fs::path& root, const std::string& user) {
    Descriptor at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) return failure("open", root);
    if (!is_one_component(user)) return std::nullopt;
    Descriptor folder(::openat(at.get(), user.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder) return folder;
    if (is_absent()) return std::nullopt;
    return failure("open", root / user);
}

WallTime changed_at(const struct stat& facts) {
    const auto since_epoch =
        std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
    return WallTime(std::chrono::floor<WallTime::duration>(since_epoch));
}

}  // namespace

Result<std::optional<DirectoryPage>> list_folder(const fs::path& root, const std::string& user, std::size_t files_max,
                                                 const std::function<bool(std::string_view)>& is_text) {
    Result<std::optional<Descriptor>> folder = open_folder(root, user);
    if (!folder) return Failure<Error>(std::move(folder.error()));
    if (!*folder) return std::nullopt;
    const int descriptor = (*folder)->get();
    const Directory directory(::fdopendir(::dup(descriptor)));
    if (!directory) return failure("list", root / user);

    DirectoryPage page;
    std::set<std::string> names;
    errno = 0;
    for (; const dirent* entry = ::readdir(directory.get()); errno = 0) {
        if (!is_one_component(entry->d_name) || !is_text(entry->d_name)) continue;
        names.insert(entry->d_name);
        if (names.size() > files_max) {
            names.erase(std::prev(names.end()));
            page.more = true;
        }
    }
    if (errno != 0) return failure("list", root / user);
    for (const std::string& name : names) {
        struct stat facts {};
        const bool is_file =
            ::fstatat(descriptor, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(facts.st_mode);
        if (is_file)
            page.files.push_back(DirectoryFile{name, static_cast<std::uint64_t>(facts.st_size), changed_at(facts)});
    }
    return page;
}

Result<std::optional<OpenFile>> open_in_folder(const fs::path& root, const std::string& user, const std::string& name) {
    Result<std::optional<Descriptor>> folder = open_folder(root, user);
    if (!folder) return Failure<Error>(std::move(folder.error()));
    if (!*folder || !is_one_component(name)) return std::nullopt;
    // Not to wait for the other end of what may be a pipe.
    constexpr int how = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    OpenFile opened{Descriptor(::openat((*folder)->get(), name.c_str(), how))};
    if (!opened.file && is_absent()) return std::nullopt;
    struct stat facts {};
    if (!opened.file || ::fstat(opened.file.get(), &facts) != 0) return failure("open", root / user / name);
    if (!S_ISREG(facts.st_mode)) return std::nullopt;
    opened.size = static_cast<std::uint64_t>(facts.st_size);
    return opened;
}

Result<bool> link_into_folder(const fs::path& root, const std::string& user, const std::string& name,
                              const fs::path& draft) {
    if (!is_one_component(user) || !is_one_component(name)) return fail("that is no name of a file in a folder");
    const Descriptor at(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) return failure("open", root);
    const bool is_new = ::mkdirat(at.get(), user.c_str(), S_IRWXU | S_IRGRP | S_IXGRP) == 0;
    if (!is_new && errno != EEXIST) return failure("make the directory", root / user);
    if (is_new && ::fsync(at.get()) != 0) return failure("sync", root);
    const Descriptor folder(::openat(at.get(), user.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return failure("open", root / user);
    if (::linkat(AT_FDCWD, draft.c_str(), folder.get(), name.c_str(), 0) != 0) {
        if (errno == EEXIST) return false;
        return failure("make", root / user / name);
    }
    if (::fsync(folder.get()) != 0) return failure("sync", root / user);
    return true;
}

}  // namespace obrol::blobs
