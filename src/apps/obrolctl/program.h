// Does what the command line says, with the operating system's sockets and terminal.
#pragma once

#include "apps/obrolctl/command_line.h"

namespace obrol {

// Prints to standard output what was asked for, to standard error what went wrong; the exit code.
int run_obrolctl(const ControlCommandLine& command_line);

}  // namespace obrol
