// What the clients of a comparison upload.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace obrol::bench {

// Files of one size that cannot be compressed and of which no two agree anywhere, so that neither a server that stores
// what is the same only once nor one that mixes them up goes unnoticed. The same ones every time. They share memory:
// little more than one of them takes.
class FileContents {
  public:
    // `bytes`: of each file.
    FileContents(std::size_t files, std::size_t bytes);

    std::size_t bytes() const { return bytes_; }
    // Valid as long as the object is.
    std::string_view of(std::size_t file) const;

  private:
    std::size_t bytes_;
    std::string shared_;  // each file begins a little further on than the one before
};

}  // namespace obrol::bench
