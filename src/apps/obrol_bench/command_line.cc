#include "apps/obrol_bench/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <sstream>

namespace obrol::bench {
namespace {

constexpr std::size_t clients_max = 19'000;  // below a limit of 20,000 open files, the server's own included
constexpr std::size_t depth_max = 10'000;
constexpr std::size_t text_size_max = 4'000;

const CLI::Range positive_count(std::size_t max) {
    return CLI::Range(std::size_t{1}, max);
}

// Only letters and digits, _ . -: what a name may hold (DESIGN section 5); a blank would change the request.
std::string check_user(const std::string& name) {
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-';
    });
    return good ? "" : "'" + name + "' is not a user name";
}

void add_ack_options(CLI::App& ack, AckCommand& command) {
    AckOptions& options = command.options;
    ack.add_option("--clients", options.clients, "numbers of clients, one row for each")
        ->delimiter(',')
        ->check(positive_count(clients_max))
        ->capture_default_str();
    ack.add_option("--depth", options.depths, "requests in flight for each client, one row for each")
        ->delimiter(',')
        ->check(positive_count(depth_max))
        ->capture_default_str();
    ack.add_option("--seconds", options.seconds, "measured time of each row, server and round")
        ->check(CLI::Range(0.1, 86'400.0))
        ->capture_default_str();
    ack.add_option("--rounds", options.rounds, "every server runs once in each round")
        ->check(positive_count(1'000))
        ->capture_default_str();
    ack.add_option("--size", options.text_size, "bytes of each text")
        ->check(positive_count(text_size_max))
        ->capture_default_str();
    ack.add_option("--peers", command.peers, "the servers to compare, of obrol and redis")
        ->delimiter(',')
        ->check(CLI::IsMember({"obrol", "redis"}))
        ->capture_default_str();
    ack.add_option("--obrold", command.obrol.program, "the server's program")->capture_default_str();
    ack.add_option("--users", command.obrol.users, "obrol's accounts, which --demo must add")
        ->delimiter(',')
        ->check(CLI::Validator(check_user, "NAME"))
        ->capture_default_str();
    ack.add_option("--password", command.obrol.password, "the password of all users")
        ->check(CLI::Validator(check_user, "WORD"))
        ->capture_default_str();
    ack.add_option("--data-root", options.data_root, "where the servers' data lies while they run")
        ->capture_default_str();
    ack.add_flag("--verify", command.verify, "also count each server's sync calls for 2 s (needs strace)");
    ack.add_flag("--json", command.json, "print one JSON object instead of tables");
}

std::string absolute(const std::string& path) {
    std::error_code refused;
    const auto made = std::filesystem::absolute(path, refused);
    return refused ? path : made.lexically_normal().string();
}

}  // namespace

std::variant<AckCommand, NothingToRun> parse_command_line(int count, const char* const* arguments,
                                                          const std::string& program_directory) {
    AckCommand command;
    command.obrol.program = program_directory + "/obrold";
    command.options.data_root = program_directory + "/bench-data";

    CLI::App app("Measures obrol against other servers on this machine, over loopback, side by side.", "obrol-bench");
    app.require_subcommand(1);
    CLI::App& ack = *app.add_subcommand(
        "ack", "messages acknowledged after they are safe on disk: obrol (simple-chat) against redis streams");
    add_ack_options(ack, command);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& problem) {
        std::ostringstream out, error;
        const int code = app.exit(problem, out, error);
        return NothingToRun{out.str() + error.str(), code == 0 ? 0 : 2};
    }
    for (std::size_t i = 0; i < command.peers.size(); ++i) {
        if (std::count(command.peers.begin(), command.peers.end(), command.peers[i]) > 1)
            return NothingToRun{"--peers: " + command.peers[i] + " is named twice\n", 2};
    }
    // The servers run in directories of their own.
    command.obrol.program = absolute(command.obrol.program);
    command.options.data_root = absolute(command.options.data_root);
    return command;
}

}  // namespace obrol::bench
