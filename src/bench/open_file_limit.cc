#include "bench/open_file_limit.h"

#include <cerrno>
#include <fmt/core.h>
#include <sys/resource.h>

#include "bench/system_error.h"

namespace obrol::bench {

Result<void> allow_connections(std::size_t connections) {
    constexpr std::size_t beside_connections = 64;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_failure("cannot read the limit of open files", errno);
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_failure("cannot raise the limit of open files", errno);
    if (limit.rlim_cur < connections + beside_connections)
        return fail(
            fmt::format("{} connections need more open files than the limit of {}", connections, limit.rlim_cur));
    return {};
}

}  // namespace obrol::bench
