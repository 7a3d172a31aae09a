// obrolctl: see README.md.
#include <cstdio>
#include <fmt/core.h>

#include "apps/obrolctl/command_line.h"
#include "apps/obrolctl/program.h"

int main(int count, char** arguments) {
    const auto parsed = obrol::parse_control_command_line(count, arguments);
    if (const auto* nothing = std::get_if<obrol::NothingToDo>(&parsed)) {
        fmt::print(nothing->exit_code == 0 ? stdout : stderr, "{}", nothing->text);
        return nothing->exit_code;
    }
    return obrol::run_obrolctl(std::get<obrol::ControlCommandLine>(parsed));
}
