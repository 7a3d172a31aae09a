#include "apps/obrol/state_path.h"

#include <cstdlib>

namespace obrol {

std::string state_path(const std::string& file) {
    const char* const state = std::getenv("XDG_STATE_HOME");
    const char* const home = std::getenv("HOME");
    // The XDG Base Directory Specification: a relative path is to be ignored.
    if (state && *state == '/') return std::string(state) + "/obrol/" + file;
    if (home && *home == '/') return std::string(home) + "/.local/state/obrol/" + file;
    return {};
}

}  // namespace obrol
