#include "apps/obrol_bench/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <sstream>
#include <type_traits>
#include <utility>

#include "bench/text_stamp.h"

namespace obrol::bench {

std::optional<std::size_t> connection_threads_of(std::string_view peer) {
    constexpr std::string_view with_threads = "obrol-threads-";
    if (peer == "obrol") return 0;
    if (!peer.starts_with(with_threads) || peer.size() != with_threads.size() + 1) return std::nullopt;
    return static_cast<std::size_t>(peer.back() - '0');
}

namespace {

constexpr std::size_t clients_max = 19'000;  // below a limit of 20,000 open files, the server's own included
constexpr std::size_t depth_max = 10'000;
constexpr std::size_t text_size_max = 4'000;
constexpr std::size_t pause_ms_max = 10'000;
constexpr std::size_t messages_max = 1'000'000'000;
constexpr std::size_t users_max = 10'000'000;
constexpr std::size_t users_per_group = 10;
constexpr std::size_t sessions_max = 100'000;
constexpr std::size_t receivers_max = 19'000;  // as clients_max
constexpr std::size_t senders_max = 100;
constexpr std::size_t file_clients_max = 1'000;       // as obrold's files.downloads_max
constexpr std::size_t file_mib_max = 512;             // as redis's proto-max-bulk-len
constexpr std::size_t files_mib_max = 10 * 1'024;     // of all clients, as obrold's files.server_bytes_max
constexpr std::size_t messaging_text_size_max = 400;  // an IRC line holds 510 bytes with its addresses

constexpr const char* rounds_help =
    "every server runs once in each round; three show the order of things, a claim needs nine";

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
    ack.add_option("--rounds", options.rounds, rounds_help)->check(positive_count(1'000))->capture_default_str();
    ack.add_option("--size", options.text_size, "bytes of each text")
        ->check(positive_count(text_size_max))
        ->capture_default_str();
    ack.add_option("--pause-ms", options.pause_ms, "how long a client that was refused says nothing at least")
        ->check(CLI::Range(std::size_t{0}, pause_ms_max))
        ->capture_default_str();
    ack.add_option("--peers", command.peers, "the servers to compare, of obrol, obrol-native, redis and postgresql")
        ->delimiter(',')
        ->check(CLI::IsMember({"obrol", "obrol-native", "redis", "postgresql"}))
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

// What a workload is asked with, before its combinations become sizes.
struct WorkloadWords {
    WorkloadCommand command;
    std::vector<std::size_t> receivers;
    std::vector<std::size_t> senders = {1};
    std::vector<std::size_t> pairs = {100};
    std::vector<std::size_t> clients;
    std::vector<std::size_t> depths;
    std::vector<double> rates = {1000};
};

struct WorkloadKind {
    Workload workload;
    const char* help;
    std::vector<std::string> peers;  // unless told otherwise
    std::vector<std::size_t> receivers, clients, depths;
    double seconds;
};

const std::vector<std::string> messaging_peers = {
    "obrol",         "obrol-brief", "obrol-threads-1", "obrol-threads-2", "obrol-threads-3", "obrol-threads-4", "redis",
    "redis-streams", "nats",        "inspircd",        "ngircd",          "ejabberd",        "postgresql"};

std::vector<WorkloadKind> workload_kinds() {
    const std::vector<std::string> live = {"obrol", "redis", "nats", "inspircd", "ngircd"};
    const std::vector<std::string> personal = {"obrol", "redis", "nats", "inspircd", "ngircd", "ejabberd"};
    // inspircd lets people in once a second; ngircd's listen queue of ten drops who comes with thousands of others.
    const std::vector<std::string> prompt = {"obrol", "redis", "nats", "ngircd"};
    const std::vector<std::string> crowded = {"obrol", "redis", "nats", "inspircd"};
    return {
        {Workload::fanout,
         "messages into one room, delivered to all of its members",
         live,
         {100, 1000},
         {},
         {100, 1},
         5},
        {Workload::pairs, "messages from one to one, many pairs at a time", personal, {}, {}, {10}, 5},
        {Workload::latency,
         "how late a room's members receive so many messages a second",
         {"obrol", "redis-streams"},
         {100},
         {},
         {},
         5},
        {Workload::stalled, "fanout with a member that stops reading", {"obrol", "redis"}, {1000}, {}, {100}, 5},
        {Workload::idle, "memory for each connection that is logged in and does nothing", live, {}, {10'000}, {}, 2},
        {Workload::login, "connecting, logging in and hanging up, again and again", prompt, {}, {100}, {}, 5},
        {Workload::reconnect, "all clients are cut off and come back at once", crowded, {}, {10'000}, {}, 5},
    };
}

void add_counts(CLI::App& app, const std::string& name, std::vector<std::size_t>& counts, std::size_t max,
                const std::string& what) {
    app.add_option(name, counts, what + ", one row for each")
        ->delimiter(',')
        ->check(positive_count(max))
        ->capture_default_str();
}

void add_workload_options(CLI::App& app, WorkloadWords& words) {
    WorkloadOptions& options = words.command.options;
    const Workload workload = options.workload;
    if (!words.receivers.empty()) {
        add_counts(app, "--receivers", words.receivers, receivers_max, "members of the room that listen");
        add_counts(app, "--senders", words.senders, senders_max, "members of the room that write");
    }
    if (workload == Workload::pairs) add_counts(app, "--pairs", words.pairs, receivers_max / 2, "pairs");
    if (!words.clients.empty()) add_counts(app, "--clients", words.clients, receivers_max, "connections");
    if (!words.depths.empty()) {
        add_counts(app, "--depth", words.depths, depth_max,
                   workload == Workload::pairs ? "messages under way in each pair"
                                               : "messages under way, of all senders together");
    }
    if (workload == Workload::latency) {
        app.add_option("--rate", words.rates, "messages a second, one row for each")
            ->delimiter(',')
            ->check(CLI::Range(0.1, 1e6))
            ->capture_default_str();
    }
    if (workload == Workload::login)
        app.add_flag("--by-password", words.command.by_password,
                     "obrol's clients come with their passwords, at the default price, instead of their tokens");
    app.add_option("--seconds", options.seconds,
                   workload == Workload::idle        ? "time to settle before the memory is read"
                   : workload == Workload::reconnect ? "not used: it takes as long as it takes"
                                                     : "measured time of each row, server and round")
        ->check(CLI::Range(0.1, 86'400.0))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, rounds_help)->check(positive_count(1'000))->capture_default_str();
    if (words.clients.empty()) {
        app.add_option("--size", options.text_size, "bytes of each text")
            ->check(CLI::Range(stamped_text_size_min, messaging_text_size_max))
            ->capture_default_str();
    }
    app.add_option("--peers", words.command.peers, "the servers to compare")
        ->delimiter(',')
        ->check(CLI::IsMember(messaging_peers))
        ->capture_default_str();
    app.add_option("--obrold", words.command.obrold, "the server's program")->capture_default_str();
    app.add_option("--data-root", options.data_root, "where the servers' data lies while they run")
        ->capture_default_str();
    app.add_flag("--json", words.command.json, "print one JSON object instead of tables");
}

// Every combination of what the workload is asked with.
std::vector<WorkloadSize> sizes_of(const WorkloadWords& words) {
    const auto or_one = [](const auto& list) { return list.empty() ? std::remove_cvref_t<decltype(list)>{1} : list; };
    std::vector<WorkloadSize> sizes;
    for (const std::size_t depth : or_one(words.depths)) {
        for (const double rate : words.rates) {
            for (const std::size_t clients : or_one(words.clients)) {
                for (const std::size_t pairs : words.pairs) {
                    for (const std::size_t senders : words.senders) {
                        for (const std::size_t receivers : or_one(words.receivers))
                            sizes.push_back({receivers, senders, pairs, clients, depth, rate});
                    }
                }
            }
        }
    }
    return sizes;
}

void add_files_options(CLI::App& app, FilesCommand& command) {
    FileOptions& options = command.options;
    add_counts(app, "--clients", options.clients, file_clients_max, "clients that upload at once and download at once");
    app.add_option("--mib", options.mib, "MiB of each client's file")
        ->check(positive_count(file_mib_max))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, rounds_help)->check(positive_count(1'000))->capture_default_str();
    app.add_option("--peers", command.peers, "the servers to compare, of obrol, redis and redis-memory")
        ->delimiter(',')
        ->check(CLI::IsMember({"obrol", "redis", "redis-memory"}))
        ->capture_default_str();
    app.add_option("--obrold", command.obrold, "the server's program")->capture_default_str();
    app.add_option("--data-root", options.data_root, "where the servers' data lies while they run")
        ->capture_default_str();
    app.add_flag("--json", command.json, "print one JSON object instead of tables");
}

void add_group_options(CLI::App& app, std::uint64_t& members, std::uint64_t& posts_percent) {
    app.add_option("--members", members, "members of each group")
        ->check(CLI::Range(std::uint64_t{2}, group_members_max))
        ->capture_default_str();
    app.add_option("--group-posts", posts_percent, "percentage of the messages that are posts in groups")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
}

// What is not said of groups follows the users.
void add_generate_options(CLI::App& app, GenerateOptions& options) {
    app.add_option("directory", options.directory, "the data directory to make, for obrold --data")->required();
    app.add_option("--messages", options.messages, "messages")
        ->check(positive_count(messages_max))
        ->capture_default_str();
    app.add_option("--users", options.users, "accounts, u0, u1 and so on")
        ->check(positive_count(users_max))
        ->capture_default_str();
    app.add_option("--sessions", options.sessions,
                   "users with a session, pairs that write to one another; tokens in generated-sessions.txt")
        ->check(positive_count(sessions_max))
        ->capture_default_str();
    app.add_option("--groups", options.groups, "groups, g0, g1 and so on [one for ten users]");
    add_group_options(app, options.group_members, options.group_posts_percent);
    app.add_option("--size", options.text_size, "bytes of each text")
        ->check(positive_count(text_size_max))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "another seed makes other messages and tokens")->capture_default_str();
    app.parse_complete_callback([&app, &options] {
        if (app.count("--groups") == 0) options.groups = options.users / users_per_group;
        if (app.count("--members") == 0)
            options.group_members = std::min(options.group_members, options.users - options.sessions);
    });
}

void add_large_options(CLI::App& app, LargeCommand& command) {
    LargeOptions& options = command.options;
    app.add_option("--messages", options.messages, "a store for each; the first is compared with the others")
        ->delimiter(',')
        ->check(positive_count(messages_max))
        ->capture_default_str();
    app.add_option("--messages-per-user", options.messages_per_user, "a store has as many users as fit")
        ->check(positive_count(messages_max))
        ->capture_default_str();
    app.add_option("--messages-per-group", options.messages_per_group, "a store has as many groups as fit")
        ->check(positive_count(messages_max))
        ->capture_default_str();
    add_group_options(app, options.group_members, options.group_posts_percent);
    app.add_option("--requests", options.requests, "of each kind, in each round")
        ->check(positive_count(1'000'000))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds,
                   "every store is measured once in each round; three show the order of things, a claim needs nine")
        ->check(positive_count(1'000))
        ->capture_default_str();
    app.add_flag("--writes", options.writes, "others send a message before each request for a history");
    app.add_flag("--instructions", options.instructions,
                 "count the server's instructions with valgrind; take no times");
    app.add_option("--obrold", options.obrold, "the server's program")->capture_default_str();
    app.add_option("--data-root", options.data_root, "where the stores are made, and stay")->capture_default_str();
    app.add_flag("--json", command.json, "print one JSON object instead of tables");
}

std::string twice_named(const std::vector<std::string>& peers) {
    for (const std::string& peer : peers) {
        if (std::count(peers.begin(), peers.end(), peer) > 1) return peer;
    }
    return "";
}

}  // namespace

Request parse_command_line(int count, const char* const* arguments, const std::string& program_directory) {
    CLI::App app("Measures obrol against other servers on this machine, over loopback, side by side.", "obrol-bench");
    app.set_version_flag("--version", "obrol-bench " OBROL_VERSION);
    app.require_subcommand(1);

    AckCommand command;
    command.obrol.program = program_directory + "/obrold";
    command.options.data_root = program_directory + "/bench-data";
    CLI::App& ack = *app.add_subcommand(
        "ack", "messages acknowledged after they are safe on disk: obrol (simple-chat), redis streams, PostgreSQL");
    add_ack_options(ack, command);

    const std::vector<WorkloadKind> kinds = workload_kinds();
    std::vector<WorkloadWords> workloads(kinds.size());
    std::vector<CLI::App*> subcommands;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        WorkloadWords& words = workloads[i];
        words.command.options.workload = kinds[i].workload;
        words.command.options.seconds = kinds[i].seconds;
        words.command.options.data_root = command.options.data_root;
        words.command.peers = kinds[i].peers;
        words.command.obrold = command.obrol.program;
        words.receivers = kinds[i].receivers;
        words.clients = kinds[i].clients;
        words.depths = kinds[i].depths;
        subcommands.push_back(app.add_subcommand(std::string(to_string(kinds[i].workload)), kinds[i].help));
        add_workload_options(*subcommands.back(), words);
    }
    FilesCommand files;
    files.obrold = command.obrol.program;
    files.options.data_root = command.options.data_root;
    CLI::App& files_app =
        *app.add_subcommand("files", "uploads and downloads of many clients at once: obrol (native), redis");
    add_files_options(files_app, files);
    GenerateCommand generated;
    CLI::App& generate = *app.add_subcommand(
        "generate", "makes a store with many users, groups and messages, to measure obrold with it");
    add_generate_options(generate, generated.options);
    LargeCommand large;
    large.options.obrold = command.obrol.program;
    large.options.data_root = command.options.data_root;
    CLI::App& large_app =
        *app.add_subcommand("large", "starting, logins, inboxes and histories with a large store and a small one");
    add_large_options(large_app, large);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& problem) {
        std::ostringstream out, error;
        const int code = app.exit(problem, out, error);
        return NothingToRun{out.str() + error.str(), code == 0 ? 0 : 2};
    }
    const auto twice = [](const std::string& peer) {
        return NothingToRun{"--peers: " + peer + " is named twice\n", 2};
    };
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (!subcommands[i]->parsed()) continue;
        WorkloadCommand& workload = workloads[i].command;
        if (const std::string peer = twice_named(workload.peers); !peer.empty()) return twice(peer);
        workload.options.sizes = sizes_of(workloads[i]);
        // The servers run in directories of their own.
        workload.obrold = absolute(workload.obrold);
        workload.options.data_root = absolute(workload.options.data_root);
        return std::move(workload);
    }
    if (files_app.parsed()) {
        if (const std::string peer = twice_named(files.peers); !peer.empty()) return twice(peer);
        const std::size_t clients = std::ranges::max(files.options.clients);
        if (clients * files.options.mib > files_mib_max)
            return NothingToRun{fmt::format("--clients and --mib: {} files of {} MiB are more than {} MiB\n", clients,
                                            files.options.mib, files_mib_max),
                                2};
        files.obrold = absolute(files.obrold);
        files.options.data_root = absolute(files.options.data_root);
        return files;
    }
    if (generate.parsed()) {
        if (const auto fits = check(generated.options); !fits) return NothingToRun{fits.error().what + "\n", 2};
        generated.options.directory = absolute(generated.options.directory);
        return generated;
    }
    if (large_app.parsed()) {
        for (const std::uint64_t messages : large.options.messages) {
            if (const auto fits = check(store_of(large.options, messages)); !fits)
                return NothingToRun{fmt::format("a store of {} messages: {}\n", messages, fits.error().what), 2};
        }
        large.options.obrold = absolute(large.options.obrold);
        large.options.data_root = absolute(large.options.data_root);
        return large;
    }
    if (const std::string peer = twice_named(command.peers); !peer.empty()) return twice(peer);
    command.obrol.program = absolute(command.obrol.program);
    command.options.data_root = absolute(command.options.data_root);
    return command;
}

}  // namespace obrol::bench
