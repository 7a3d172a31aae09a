// Small text files: what a server printed, and /proc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace obrol::bench {

// The whole file as it is now; nothing when it cannot be opened.
std::optional<std::string> read_text_file(const std::string& path);

// The last `lines` lines of the file, "" when it cannot be opened.
std::string last_lines_of(const std::string& path, std::size_t lines);

}  // namespace obrol::bench
