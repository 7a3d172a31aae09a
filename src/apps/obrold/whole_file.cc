#include "apps/obrold/whole_file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include "io/descriptor.h"

namespace obrol {
namespace {

Failure<Error> cannot(std::string_view verb, const std::filesystem::path& file) {
    return system_failure(fmt::format("cannot {} {}", verb, file.string()), errno);
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

Result<void> write_whole_file(const std::filesystem::path& file, const std::string& content) {
    std::filesystem::path beside = file;
    beside += ".new";
    const Descriptor fresh(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fresh || !write_all(fresh.get(), content) || ::fsync(fresh.get()) != 0) return cannot("write", beside);
    if (::rename(beside.c_str(), file.c_str()) != 0) return cannot("write", file);
    const Descriptor directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return cannot("sync", file.parent_path());
    return {};
}

Result<std::string> read_whole_file(const std::filesystem::path& file) {
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) return cannot("read", file);
    std::string content;
    std::array<char, 16 * 1024> piece;
    for (;;) {
        const ssize_t count = ::read(opened.get(), piece.data(), piece.size());
        if (count == 0) return content;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot("read", file);
        content.append(piece.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace obrol
