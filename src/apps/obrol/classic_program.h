// obrol --classic: a line client at a terminal or a pipe.
#pragma once

#include "apps/obrol/command_line.h"

namespace obrol {

// Until the input ends, `exit`, or an interruption. The program's exit code: 0, or 1 when there was no server.
int run_classic(const ClassicCommandLine& command_line);

}  // namespace obrol
