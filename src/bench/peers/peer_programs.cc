#include "bench/peers/peer_programs.h"

#include <cerrno>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <pwd.h>
#include <unistd.h>

#include "bench/server_process.h"
#include "bench/system_error.h"

namespace obrol::bench {

Result<std::string> version_of(const std::string& program, const std::string& argument, std::string_view before,
                               std::string_view package, const std::string& scratch) {
    const auto printed = output_of({program, argument}, scratch);
    if (!printed) return fail(fmt::format("{} (Debian package: {})", printed.error().what, package));
    const std::size_t begin = printed->find(before);
    if (begin == std::string::npos) return fail(fmt::format("{} {} answers {}", program, argument, *printed));
    const std::string_view rest = std::string_view(*printed).substr(begin + before.size());
    return std::string(rest.substr(0, rest.find_first_of(" \r\n")));
}

Result<void> write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    if (!file) return fail("cannot write " + path);
    return {};
}

bool is_root() {
    return ::geteuid() == 0;
}

Result<void> give_to(const std::string& user, const std::string& directory) {
    const passwd* const account = ::getpwnam(user.c_str());
    if (!account) return fail("there is no account " + user);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (::chown(entry.path().c_str(), account->pw_uid, account->pw_gid) != 0)
            return system_failure("cannot give away " + entry.path().string(), errno);
    }
    if (::chown(directory.c_str(), account->pw_uid, account->pw_gid) != 0)
        return system_failure("cannot give away " + directory, errno);
    return {};
}

}  // namespace obrol::bench
