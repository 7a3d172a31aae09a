#include "apps/obrol/plain_console.h"

#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;
// Far beyond what a server takes; what is longer is cut, and refused by the server.
constexpr std::size_t line_bytes_max = 1024 * 1024;

}  // namespace

std::optional<std::string> PlainConsole::next_line(const std::string& prompt) {
    fmt::print("{}", prompt);
    std::fflush(stdout);
    std::size_t searched = 0;
    for (;;) {
        const std::size_t end = input_.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = input_.substr(0, end);
            input_.erase(0, end + 1);
            if (line.ends_with('\r')) line.pop_back();
            return line;
        }
        if (input_.size() > line_bytes_max) input_.resize(line_bytes_max);
        searched = input_.size();
        if (ended_ || !read_more()) {
            if (!input_.empty() && !foreground_.is_interrupted()) return std::exchange(input_, {});
            print("");
            return std::nullopt;
        }
    }
}

bool PlainConsole::read_more() {
    if (!foreground_.wait_for_input(STDIN_FILENO)) return false;
    const std::size_t size = input_.size();
    input_.resize(size + read_bytes);
    ssize_t count = 0;
    do {
        count = ::read(STDIN_FILENO, input_.data() + size, read_bytes);
    } while (count < 0 && errno == EINTR);
    input_.resize(size + static_cast<std::size_t>(count > 0 ? count : 0));
    ended_ = count <= 0;
    return !ended_;
}

void PlainConsole::print(std::string_view lines) {
    progress_.take_away();
    fmt::print("{}\n", lines);
    std::fflush(stdout);
}

void PlainConsole::notice(std::string_view line) {
    progress_.take_away();
    fmt::print(stderr, "{}\n", line);
}

}  // namespace obrol
