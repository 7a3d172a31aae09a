#include "apps/obrolctl/ask_line.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

namespace obrol {
namespace {

// The terminal without echo, until this goes.
class HiddenInput {
  public:
    HiddenInput() {
        is_changed_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        hide();
    }
    ~HiddenInput() {
        if (is_changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;

    void hide() const {
        if (!is_changed_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }

  private:
    termios before_{};
    bool is_changed_ = false;
};

// A terminal gives a whole line at once, or nothing at its end.
std::optional<std::string> read_line(Foreground& foreground) {
    std::string line;
    while (foreground.wait_for_input(STDIN_FILENO)) {
        std::array<char, 1024> buffer;
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) return std::nullopt;
        line.append(buffer.data(), static_cast<std::size_t>(count));
        if (line.ends_with('\n')) {
            line.pop_back();
            return line;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> ask_line(Foreground& foreground, const std::string& prompt, bool hidden) {
    std::optional<HiddenInput> hiding;
    if (hidden) hiding.emplace();
    // Whoever stopped the program showed a shell meanwhile, which shows what is typed.
    foreground.on_continue = [&] {
        if (hiding) hiding->hide();
        fmt::print(stderr, "{}", prompt);
    };
    fmt::print(stderr, "{}", prompt);
    std::optional<std::string> line = read_line(foreground);
    foreground.on_continue = [] {};
    // The line end that was typed was hidden too.
    if (hidden || !line) fmt::print(stderr, "\n");
    return line;
}

}  // namespace obrol
