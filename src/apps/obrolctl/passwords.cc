#include "apps/obrolctl/passwords.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "apps/obrolctl/ask_line.h"

namespace obrol {
namespace {

// Far beyond what a server takes.
constexpr std::size_t line_bytes_max = 64 * 1024;

Result<std::string> first_line_of_standard_input() {
    std::string line;
    for (;;) {
        char byte = 0;
        const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || byte == '\n') break;
        line += byte;
        if (line.size() > line_bytes_max) return fail("--password-stdin: the first line is too long");
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return fail("--password-stdin: standard input has no password on its first line");
    return line;
}

Result<std::string> ask_twice(Foreground& foreground) {
    if (::isatty(STDIN_FILENO) == 0)
        return fail("there is no terminal to ask for the password: give --password-stdin or --generate");
    std::optional<std::string> password = ask_line(foreground, "New password: ", true);
    if (!password) return fail("");
    if (password->empty()) return fail("the password is empty: nothing was done");
    const std::optional<std::string> again = ask_line(foreground, "Once more: ", true);
    if (!again) return fail("");
    if (*again != *password) return fail("these are two different passwords: nothing was done");
    return std::move(*password);
}

}  // namespace

std::string generate_password(SecureRandom& random) {
    constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
    static_assert(letters.size() == 32, "so that each is as likely as the others");
    constexpr std::size_t groups = 4;
    constexpr std::size_t group_size = 5;
    std::array<std::byte, groups * group_size> bytes;
    random.fill(bytes);
    std::string password;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0 && i % group_size == 0) password += '-';
        password += letters[std::to_integer<std::size_t>(bytes[i]) % letters.size()];
    }
    return password;
}

Result<std::string> obtain_password(AskServer::Password source, Foreground& foreground, SecureRandom& random) {
    if (source == AskServer::Password::generate) return generate_password(random);
    if (source == AskServer::Password::from_standard_input) return first_line_of_standard_input();
    return ask_twice(foreground);
}

}  // namespace obrol
