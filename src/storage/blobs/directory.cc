#include "storage/blobs/directory.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "io/descriptor.h"

namespace obrol::blobs {
namespace {

namespace fs = std::filesystem;

constexpr unsigned folders_max = 256;  // one for each first byte of a digest
constexpr std::string_view drafts_name = "new";

std::string folder_name(unsigned first_byte) {
    return fmt::format("{:02x}", first_byte);
}

// Gives whether it was not there.
Result<bool> make_directory(const fs::path& path) {
    if (::mkdir(path.c_str(), S_IRWXU) == 0) return true;
    if (errno == EEXIST) return false;
    return system_failure(fmt::format("cannot make the directory {}", path.string()), errno);
}

Result<void> remove_file(const fs::path& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return system_failure(fmt::format("cannot remove {}", path.string()), errno);
}

// Calls `take(path)` for every file directly in the directory, if there is one, until it fails.
template <class Take>
Result<void> for_each_file(const fs::path& directory, Take take) {
    std::error_code trouble;
    fs::directory_iterator file(directory, trouble);
    if (trouble == std::errc::no_such_file_or_directory) return {};
    for (; !trouble && file != fs::directory_iterator(); file.increment(trouble)) {
        if (Result<void> taken = take(file->path()); !taken) return taken;
    }
    if (trouble) return system_failure(fmt::format("cannot list {}", directory.string()), trouble.value());
    return {};
}

}  // namespace

fs::path path_of(const fs::path& directory, const BlobDigest& blob) {
    const std::string name = to_string(blob);
    return directory / name.substr(0, 2) / name;
}

fs::path drafts_in(const fs::path& directory) {
    return directory / drafts_name;
}

Result<void> sync_directory(const fs::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        return system_failure(fmt::format("cannot sync {}", path.string()), errno);
    return {};
}

Result<void> make_folder(const fs::path& path) {
    const Result<bool> is_new = make_directory(path);
    if (!is_new) return Failure<Error>(is_new.error());
    return *is_new ? sync_directory(path.parent_path()) : Result<void>();
}

Result<std::size_t> remove_files_in(const fs::path& directory) {
    std::size_t files = 0;
    Result<void> done = for_each_file(directory, [&](const fs::path& file) {
        ++files;
        return remove_file(file);
    });
    if (!done) return Failure<Error>(std::move(done.error()));
    return files;
}

Result<BlobSweep> sweep(const fs::path& directory, std::set<BlobDigest> named) {
    BlobSweep swept;
    const Result<std::size_t> unfinished = remove_files_in(drafts_in(directory));
    if (!unfinished) return Failure<Error>(unfinished.error());
    swept.unfinished = *unfinished;
    Result<void> done;
    // What has no blob's name was not put there by us, and stays.
    const auto look_at = [&](const fs::path& file) -> Result<void> {
        const std::optional<BlobDigest> blob = parse_blob_digest(file.filename().string());
        if (!blob || named.erase(*blob) > 0) return {};
        ++swept.unnamed;
        return remove_file(file);
    };
    for (unsigned first_byte = 0; done && first_byte < folders_max; ++first_byte)
        done = for_each_file(directory / folder_name(first_byte), look_at);
    if (!done) return Failure<Error>(std::move(done.error()));
    swept.missing.assign(named.begin(), named.end());
    return swept;
}

}  // namespace obrol::blobs
