#include "bench/peers/obrol_peer.h"

#include <charconv>
#include <fmt/core.h>
#include <unistd.h>

namespace obrol::bench {

ObrolPeer::ObrolPeer(const Options& options) : options_(options), protocol_(options.users, options.password) {}

Result<std::string> ObrolPeer::describe(const std::string&) const {
    if (::access(options_.program.c_str(), X_OK) != 0)
        return fail(fmt::format("there is no program {}; build obrold or name it with --obrold", options_.program));
    return fmt::format("{} --demo, default settings, simple-chat, {} users", options_.program, options_.users.size());
}

std::vector<std::string> ObrolPeer::arguments(const std::string& directory, std::uint16_t) const {
    return {options_.program, "--demo", "--data", directory + "/data", "--listen", "simple-chat:127.0.0.1:0"};
}

std::optional<std::uint16_t> ObrolPeer::ready_port(std::string_view standard_output, std::string_view,
                                                   std::uint16_t) const {
    return obrol_ready_port(standard_output, "simple-chat");
}

std::optional<std::uint16_t> obrol_ready_port(std::string_view standard_output, std::string_view dialect) {
    // Only a whole line: "ready simple-chat:127.0.0.1:45" may be followed by more digits.
    const std::string listener = fmt::format(" {}:127.0.0.1:", dialect);
    std::size_t begin = standard_output.starts_with("ready ") ? 0 : standard_output.find("\nready ");
    if (begin == std::string_view::npos) return std::nullopt;
    begin = standard_output.find("ready ", begin);
    const std::size_t end = standard_output.find('\n', begin);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = standard_output.substr(begin, end - begin);
    const std::size_t at = line.find(listener);
    if (at == std::string_view::npos) return std::nullopt;
    std::uint16_t port = 0;
    const auto [rest, error] = std::from_chars(line.data() + at + listener.size(), line.data() + line.size(), port);
    if (error != std::errc{} || port == 0) return std::nullopt;
    return port;
}

}  // namespace obrol::bench
