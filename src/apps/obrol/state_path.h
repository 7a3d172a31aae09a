// Where this user's own files of obrol are.
#pragma once

#include <string>

namespace obrol {

// $XDG_STATE_HOME/obrol/FILE, else below ~/.local/state; empty when there is no home.
std::string state_path(const std::string& file);

}  // namespace obrol
