// A file of lines that is there whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "io/descriptor.h"

namespace obrol {

// Written beside its place, for its owner only, until keep() puts it there. Errors name the file.
class LinesFile {
  public:
    explicit LinesFile(std::string path);
    // What was not kept is removed.
    ~LinesFile();
    LinesFile(const LinesFile&) = delete;
    LinesFile& operator=(const LinesFile&) = delete;

    Result<void> open();
    Result<void> write(std::string_view lines);
    // Synced and in its place, which may hold another file now.
    Result<void> keep();

  private:
    Failure<Error> failure() const;

    std::string path_;
    std::string beside_;
    Descriptor file_;
    bool is_kept_ = false;
};

}  // namespace obrol
