#include "apps/obrolctl/lines_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace obrol {

LinesFile::LinesFile(std::string path) : path_(std::move(path)), beside_(path_ + ".new") {}

LinesFile::~LinesFile() {
    if (file_ && !is_kept_) ::unlink(beside_.c_str());
}

Failure<Error> LinesFile::failure() const {
    return system_failure("cannot write " + path_, errno);
}

Result<void> LinesFile::open() {
    file_ = Descriptor(::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file_) return failure();
    return {};
}

Result<void> LinesFile::write(std::string_view lines) {
    while (!lines.empty()) {
        const ssize_t count = ::write(file_.get(), lines.data(), lines.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure();
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> LinesFile::keep() {
    if (::fsync(file_.get()) != 0 || std::rename(beside_.c_str(), path_.c_str()) != 0) return failure();
    is_kept_ = true;
    return {};
}

}  // namespace obrol
