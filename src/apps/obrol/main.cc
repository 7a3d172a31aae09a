// obrol: see README.md.
#include <cstdio>
#include <fmt/core.h>

#include "apps/obrol/classic_program.h"
#include "apps/obrol/command_line.h"

int main(int count, char** arguments) {
    const auto parsed = obrol::parse_command_line(count, arguments);
    if (const auto* nothing = std::get_if<obrol::NothingToRun>(&parsed)) {
        fmt::print(nothing->exit_code == 0 ? stdout : stderr, "{}", nothing->text);
        return nothing->exit_code;
    }
    return obrol::run_classic(std::get<obrol::ClassicCommandLine>(parsed));
}
