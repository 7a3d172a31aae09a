#include "bench/peers/obrol_peer.h"

#include <charconv>
#include <fmt/core.h>
#include <unistd.h>

#include "bench/peers/native_protocol.h"
#include "bench/peers/peer_programs.h"
#include "bench/peers/simple_chat_protocol.h"

namespace obrol::bench {

ObrolPeer::ObrolPeer(const Options& options, Words words) : options_(options), words_(words) {
    if (words_ == Words::native)
        protocol_ = std::make_unique<NativeProtocol>(options.users, options.password);
    else
        protocol_ = std::make_unique<SimpleChatProtocol>(options.users, options.password);
}

std::string ObrolPeer::name() const {
    return words_ == Words::native ? "obrol-native" : "obrol";
}

std::string_view ObrolPeer::dialect() const {
    return words_ == Words::native ? "native" : "simple-chat";
}

Result<std::string> ObrolPeer::describe(const std::string& scratch) const {
    const auto program = describe_obrold(options_.program, scratch);
    if (!program) return program;
    return fmt::format("{} --demo, default settings, {}, {} users", *program, dialect(), options_.users.size());
}

std::vector<std::string> ObrolPeer::arguments(const std::string& directory, std::uint16_t) const {
    return {options_.program,    "--demo",   "--data",
            directory + "/data", "--listen", fmt::format("{}:127.0.0.1:0", dialect())};
}

std::optional<std::uint16_t> ObrolPeer::ready_port(std::string_view standard_output, std::string_view,
                                                   std::uint16_t) const {
    return obrol_ready_port(standard_output, dialect());
}

Result<std::string> describe_obrold(const std::string& program, const std::string& scratch) {
    if (::access(program.c_str(), X_OK) != 0)
        return fail(fmt::format("there is no program {}; build obrold or name it with --obrold", program));
    const auto version = version_of(program, "--version", "obrold ", "obrold", scratch);
    if (!version) return version;
    return fmt::format("{} {}", program, *version);
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
