// The directory in which one server keeps everything, and the lock that says that it is in use. Two servers on one
// store would ruin it (DESIGN section 4), so nothing below the directory is opened without this lock.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace obrol {

class DataDirectory {
  public:
    // Makes the directory (0700) with its parents if it is not there, and locks it until this object or the process is
    // gone, however it ends. Errors in words: "/x/data is in use by another obrold (pid 123)".
    static Result<DataDirectory> open(std::filesystem::path path);
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&&) = delete;
    ~DataDirectory();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path file(std::string_view name) const { return path_ / name; }

  private:
    DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;  // file descriptor; -1: moved away
};

}  // namespace obrol
