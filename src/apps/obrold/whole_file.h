// Small files that are there whole or not at all, whenever the power is cut.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace obrol {

// Written beside, synced and renamed; for its owner only. Replaces what stands there. The error names the file.
Result<void> write_whole_file(const std::filesystem::path& file, const std::string& content);
// "cannot read /etc/x: No such file or directory".
Result<std::string> read_whole_file(const std::filesystem::path& file);

}  // namespace obrol
