#include "apps/obrold/server_id.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

#include "apps/config/config.h"

namespace obrol {
namespace {

Failure<Error> cannot(std::string_view verb, const std::filesystem::path& file, int error) {
    return fail(fmt::format("cannot {} {}: {}", verb, file.string(), std::generic_category().message(error)));
}

// Written beside, synced and renamed: the file is there whole or not at all.
Result<void> keep(const std::filesystem::path& file, const std::string& id) {
    std::filesystem::path beside = file;
    beside += ".new";
    const std::string line = id + "\n";
    const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return cannot("write", beside, errno);
    const bool is_written =
        ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
    const int error = errno;
    ::close(fd);
    if (!is_written) return cannot("write", beside, error);
    if (::rename(beside.c_str(), file.c_str()) != 0) return cannot("write", file, errno);
    const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return cannot("sync", file.parent_path(), errno);
    const bool is_synced = ::fsync(directory) == 0;
    const int sync_error = errno;
    ::close(directory);
    if (!is_synced) return cannot("sync", file.parent_path(), sync_error);
    return {};
}

}  // namespace

std::string sanitised_host_name(std::string_view host_name) {
    std::string id;
    for (const char byte : host_name.substr(0, 64))
        id += is_server_id(std::string_view(&byte, 1)) ? byte : '-';
    return id.find_first_not_of("-.") == std::string::npos ? "local" : id;
}

Result<std::string> settle_server_id(const std::filesystem::path& file, std::string_view wanted,
                                     std::string_view host_name) {
    std::ifstream kept(file);
    if (kept) {
        std::string id{std::istreambuf_iterator<char>(kept), {}};
        if (id.ends_with('\n')) id.pop_back();
        if (!is_server_id(id)) return fail(fmt::format("{} does not hold a server id", file.string()));
        if (!wanted.empty() && wanted != id)
            return fail(
                fmt::format("this server is \"{}\" since its first start and cannot become \"{}\": others know it "
                            "by that id",
                            id, wanted));
        return id;
    }
    std::error_code error;
    if (std::filesystem::exists(file, error) || error) return cannot("read", file, error ? error.value() : EACCES);
    std::string id = wanted.empty() ? sanitised_host_name(host_name) : std::string(wanted);
    const Result<void> is_kept = keep(file, id);
    if (!is_kept) return Failure<Error>(is_kept.error());
    return id;
}

}  // namespace obrol
