#include "apps/obrol/known_servers.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>

#include "base/hexadecimal.h"
#include "io/descriptor.h"

namespace obrol {

std::optional<CertificateFingerprint> KnownServers::find(const std::string& server) const {
    std::optional<CertificateFingerprint> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::string digits;
        words >> name >> digits;
        CertificateFingerprint fingerprint{};
        if (name == server && parse_hexadecimal(digits, fingerprint)) found = fingerprint;
    }
    return found;
}

Result<void> KnownServers::remember(const std::string& server, const CertificateFingerprint& fingerprint) const {
    if (path_.empty()) return fail("there is no home directory");
    std::error_code refused;
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    if (std::filesystem::create_directories(folder, refused))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, refused);
    const Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string line = server + ' ' + to_hexadecimal(fingerprint) + '\n';
    // One write: lines of several programs do not mix.
    if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return system_failure("cannot write " + path_, errno);
    return {};
}

}  // namespace obrol
