// A fresh directory for one server's data, removed with everything in it at the end.
#pragma once

#include <string>

#include "base/result.h"

namespace obrol::bench {

class ScratchDirectory {
  public:
    // A new directory under `root` (made if missing) whose name begins with `label`. What was written to the
    // filesystem before is synced first, so that one server does not pay for another's remains.
    static Result<ScratchDirectory> make(const std::string& root, const std::string& label);

    ScratchDirectory(ScratchDirectory&& other) noexcept;
    ScratchDirectory& operator=(ScratchDirectory&&) = delete;
    ~ScratchDirectory();

    const std::string& path() const { return path_; }

  private:
    explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

// "ext4", "xfs", "tmpfs" …, or the kernel's number for one without a name here. `directory` must exist.
Result<std::string> filesystem_name(const std::string& directory);

}  // namespace obrol::bench
