// The files of whoever runs the program, on their disk.
#pragma once

#include <memory>
#include <string>

#include "client/classic/local_files.h"

namespace obrol {

class DiskFiles final : public LocalFiles {
  public:
    Result<Opened> open(const std::string& path) override;
    bool exists(const std::string& path) const override;
    bool is_folder(const std::string& path) const override;
    // While one program writes a part file, another one that wants to is refused.
    std::unique_ptr<PartFile> part(const std::string& path) override;
};

}  // namespace obrol
