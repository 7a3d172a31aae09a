#include "bench/instruction_counter.h"

#include <charconv>
#include <fmt/core.h>
#include <utility>

#include "bench/server_process.h"
#include "bench/text_file.h"

namespace obrol::bench {

std::optional<std::uint64_t> instructions_in(std::string_view profile) {
    constexpr std::string_view begin = "\nsummary: ";
    const std::size_t found = profile.find(begin);
    if (found == std::string_view::npos) return std::nullopt;
    const std::string_view rest = profile.substr(found + begin.size());
    std::uint64_t count = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    return read.ec == std::errc() ? std::optional(count) : std::nullopt;
}

std::vector<std::string> InstructionCounter::counted(std::vector<std::string> command) const {
    std::vector<std::string> all{"valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file=" + profile()};
    all.insert(all.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end()));
    return all;
}

Result<std::uint64_t> InstructionCounter::take(pid_t server) {
    // It writes a profile of what was executed since the last one, and goes on.
    if (auto done = output_of({"callgrind_control", "--dump", std::to_string(server)}, directory_); !done)
        return fail(done.error().what + " (Debian package: valgrind)");
    const std::string path = fmt::format("{}.{}", profile(), ++taken_);
    const auto text = read_text_file(path);
    const auto count = text ? instructions_in(*text) : std::nullopt;
    if (!count) return fail("callgrind wrote no profile to " + path);
    return *count;
}

}  // namespace obrol::bench
