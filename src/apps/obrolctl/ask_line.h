// Asking a person at the terminal.
#pragma once

#include <optional>
#include <string>

#include "apps/terminal/foreground.h"

namespace obrol {

// Prints `prompt` to standard error and reads a line from standard input, a terminal; what is typed is not shown when
// `hidden`. None: the end of the input (Ctrl-D), or the program was interrupted. The terminal is left as it was.
std::optional<std::string> ask_line(Foreground& foreground, const std::string& prompt, bool hidden);

}  // namespace obrol
