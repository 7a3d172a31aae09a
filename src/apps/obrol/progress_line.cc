#include "apps/obrol/progress_line.h"

#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

namespace obrol {

void ProgressLine::show(std::string_view line) {
    if (line.empty() && !is_shown_) return;
    if (::isatty(STDERR_FILENO) != 1) return;
    // To the first column, and the rest of the line erased: every terminal of today knows that.
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    is_shown_ = !line.empty();
}

}  // namespace obrol
