#include "storage/blobs/file_reader.h"

#include <cerrno>
#include <fmt/core.h>
#include <unistd.h>
#include <utility>

namespace obrol::blobs {

// Closing the last descriptor of a removed file frees its blocks, which takes time.
FileReader::~FileReader() {
    queue_.submit([file = std::move(file_)]() mutable { file.reset(); }, [] {});
}

Task<Result<void>> FileReader::read(Executor& caller, std::uint64_t offset, std::span<char> into) {
    auto work = queue_.run_from(caller, [this, offset, into] { return fill(offset, into); });
    co_return co_await work;
}

Result<void> FileReader::fill(std::uint64_t offset, std::span<char> into) const {
    while (!into.empty()) {
        const ssize_t got = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_failure("cannot read a file", errno);
        if (got == 0) return fail(fmt::format("a file ends at byte {}, before its end", offset));
        offset += static_cast<std::uint64_t>(got);
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

}  // namespace obrol::blobs
