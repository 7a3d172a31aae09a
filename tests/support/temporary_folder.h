// A folder on the real disk that a test has for itself, removed with all that is in it.
#pragma once

#include <filesystem>
#include <stdlib.h>
#include <string>

#include "base/check.h"

namespace obrol {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "obrol_test_XXXXXX";
        OBROL_CHECK(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

}  // namespace obrol
