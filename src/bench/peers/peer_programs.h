// What the peers have in common: asking a program for its version, writing its configuration.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace obrol::bench {

// What `program` with `argument` prints, from behind `before` up to the next blank or line end. The error names the
// Debian package that has the program.
Result<std::string> version_of(const std::string& program, const std::string& argument, std::string_view before,
                               std::string_view package, const std::string& scratch);

Result<void> write_file(const std::string& path, std::string_view text);

// Some servers refuse to run as root, others want to be told that they may.
bool is_root();

// Lets the account `user` have `directory` and what is in it.
Result<void> give_to(const std::string& user, const std::string& directory);

}  // namespace obrol::bench
