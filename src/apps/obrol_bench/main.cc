// obrol-bench: see README.md.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <memory>

#include "apps/obrol_bench/command_line.h"
#include "base/clock.h"
#include "bench/ack_comparison.h"
#include "bench/file_comparison.h"
#include "bench/peers/ejabberd_peer.h"
#include "bench/peers/file_peers.h"
#include "bench/peers/messaging_peers.h"
#include "bench/peers/obrol_peer.h"
#include "bench/peers/postgres_peers.h"
#include "bench/peers/redis_peer.h"
#include "bench/report.h"
#include "bench/scratch_directory.h"
#include "bench/stop_signal.h"
#include "bench/workload_comparison.h"
#include "bench/workload_report.h"

namespace obrol::bench {
namespace {

constexpr int failed = 1;

void say(const std::string& line) {
    fmt::print(stderr, "{}\n", line);
}

int complain(const Error& error) {
    fmt::print(stderr, "obrol-bench: {}\n", error.what);
    return failed;
}

std::vector<std::unique_ptr<AckPeer>> make_peers(const AckCommand& command) {
    std::vector<std::unique_ptr<AckPeer>> peers;
    for (const std::string& name : command.peers) {
        if (name == "obrol") peers.push_back(std::make_unique<ObrolPeer>(command.obrol));
        if (name == "obrol-native")
            peers.push_back(std::make_unique<ObrolPeer>(command.obrol, ObrolPeer::Words::native));
        // A stream for each pair of sender and recipient.
        const std::size_t users = command.obrol.users.size();
        if (name == "redis") peers.push_back(std::make_unique<RedisPeer>(users * users));
        if (name == "postgresql") peers.push_back(std::make_unique<PostgresAckPeer>());
    }
    return peers;
}

Result<std::string> describe_data_root(const std::string& root) {
    const auto filesystem = filesystem_name(root);
    if (!filesystem) return Failure<Error>(filesystem.error());
    const bool in_memory = *filesystem == "tmpfs" || *filesystem == "ramfs";
    return fmt::format("data: {} ({}){}", root, *filesystem,
                       in_memory ? ": IN MEMORY, a sync costs nothing there and these figures mean nothing" : "");
}

std::vector<Ratio> ratios_of_first(const AckCommand& command, const std::vector<Sample>& samples) {
    std::vector<Ratio> all;
    for (std::size_t i = 1; i < command.peers.size(); ++i) {
        for (Ratio& ratio : ratios_of(samples, command.peers.front(), command.peers[i]))
            all.push_back(std::move(ratio));
    }
    return all;
}

// Says what runs, where and how, before anything does; all of it, for the report. `settings`: of the peers.
Result<std::vector<std::string>> announce(Result<std::vector<std::string>> settings, const std::string& data_root,
                                          std::string how, bool json) {
    if (!settings) return settings;
    auto data = describe_data_root(data_root);
    if (!data) return Failure<Error>(std::move(data.error()));
    settings->push_back(std::move(*data));
    settings->push_back(std::move(how));
    for (const std::string& line : *settings)
        fmt::print(json ? stderr : stdout, "{}\n", line);
    std::fflush(stdout);
    return settings;
}

int run_ack(const AckCommand& command) {
    const SystemClock clock;
    const StopSignal interrupted;
    const AckOptions& options = command.options;
    AckComparison comparison(options, make_peers(command), clock, interrupted, say);
    std::string how = fmt::format("{} rounds, {} s each, texts of {} bytes, one connection per client over loopback",
                                  options.rounds, options.seconds, options.text_size);
    if (options.pause_ms > 0) how += fmt::format(", {} ms of silence after a refusal", options.pause_ms);
    const auto settings = announce(comparison.prepare(), options.data_root, std::move(how), command.json);
    if (!settings) return complain(settings.error());

    std::vector<SyncEvidence> evidence;
    if (command.verify) {
        auto counted = comparison.count_syncs();
        if (!counted) return complain(counted.error());
        evidence = std::move(*counted);
    }
    const auto samples = comparison.run();
    if (!samples) return complain(samples.error());
    const auto ratios = ratios_of_first(command, *samples);
    if (command.json) {
        fmt::print("{}", json_report(options, *settings, *samples, ratios, evidence));
    } else {
        fmt::print("{}", text_report(*samples, ratios));
        if (command.verify) fmt::print("{}", text_report(evidence));
    }
    const bool honest =
        std::all_of(evidence.begin(), evidence.end(), [](const auto& peer) { return peer.is_plausible(); });
    return honest ? 0 : failed;
}

std::vector<std::unique_ptr<MessagingPeer>> make_peers(const WorkloadCommand& command) {
    using Redis = RedisMessagingPeer;
    const auto coming_back =
        command.by_password ? NativeLobby::ComingBack::by_password : NativeLobby::ComingBack::by_token;
    std::vector<std::unique_ptr<MessagingPeer>> peers;
    for (const std::string& name : command.peers) {
        if (const auto threads = connection_threads_of(name))
            peers.push_back(std::make_unique<NativePeer>(command.obrold, coming_back, !command.by_password, *threads));
        if (name == "obrol-brief")
            peers.push_back(std::make_unique<NativePeer>(command.obrold, coming_back, !command.by_password, 0,
                                                         NativeLobby::Listening::brief));
        if (name == "redis") peers.push_back(std::make_unique<Redis>(Redis::Kind::channels));
        if (name == "redis-streams") peers.push_back(std::make_unique<Redis>(Redis::Kind::streams));
        if (name == "nats") peers.push_back(std::make_unique<NatsPeer>());
        if (name == "inspircd") peers.push_back(std::make_unique<InspircdPeer>());
        if (name == "ngircd") peers.push_back(std::make_unique<NgircdPeer>());
        if (name == "ejabberd") peers.push_back(std::make_unique<EjabberdPeer>());
        if (name == "postgresql") peers.push_back(std::make_unique<PostgresNotifyPeer>());
    }
    return peers;
}

int run_workload(const WorkloadCommand& command) {
    const SystemClock clock;
    const StopSignal interrupted;
    const WorkloadOptions& options = command.options;
    WorkloadComparison comparison(options, make_peers(command), clock, interrupted, say);
    const auto settings =
        announce(comparison.prepare(), options.data_root,
                 fmt::format("{}: {} rounds, {} s each, texts of {} bytes, over loopback", to_string(options.workload),
                             options.rounds, options.seconds, options.text_size),
                 command.json);
    if (!settings) return complain(settings.error());

    const auto samples = comparison.run();
    if (!samples) return complain(samples.error());
    const auto rows = rows_of(*samples);
    if (command.json) {
        fmt::print("{}", json_report(to_string(options.workload), *settings, *samples, rows));
    } else {
        fmt::print("{}", text_report(rows, [&](const WorkloadSize& size) { return describe(options.workload, size); }));
    }
    return 0;
}

std::vector<std::unique_ptr<FilePeer>> make_peers(const FilesCommand& command) {
    using Redis = RedisFilePeer;
    const FileOptions& options = command.options;
    std::vector<std::unique_ptr<FilePeer>> peers;
    for (const std::string& name : command.peers) {
        if (name == "obrol")
            peers.push_back(
                std::make_unique<NativeFilePeer>(command.obrold, std::ranges::max(options.clients), options.mib));
        if (name == "redis") peers.push_back(std::make_unique<Redis>(Redis::Kind::synced));
        if (name == "redis-memory") peers.push_back(std::make_unique<Redis>(Redis::Kind::memory));
    }
    return peers;
}

int run_files(const FilesCommand& command) {
    const SystemClock clock;
    const StopSignal interrupted;
    const FileOptions& options = command.options;
    FileComparison comparison(options, make_peers(command), clock, interrupted, say);
    const auto settings =
        announce(comparison.prepare(), options.data_root,
                 fmt::format("files: {} rounds, a file of {} MiB for each client up and down, over loopback",
                             options.rounds, options.mib),
                 command.json);
    if (!settings) return complain(settings.error());

    const auto samples = comparison.run();
    if (!samples) return complain(samples.error());
    const auto rows = rows_of(*samples);
    fmt::print("{}",
               command.json ? json_report("files", *settings, *samples, rows) : text_report(rows, describe_files));
    return 0;
}

int run_generate(const GenerateCommand& command) {
    const SystemClock clock;
    const auto done = generate(command.options, clock, say);
    return done ? 0 : complain(done.error());
}

int run_large(const LargeCommand& command) {
    const SystemClock clock;
    const StopSignal interrupted;
    const LargeOptions& options = command.options;
    LargeComparison comparison(options, clock, interrupted, say);
    std::error_code refused;
    std::filesystem::create_directories(options.data_root, refused);
    const auto settings = announce(
        settings_of(options), options.data_root,
        fmt::format("{} rounds, {} requests of each kind, one client", options.rounds, options.requests), command.json);
    if (!settings) return complain(settings.error());
    if (const auto prepared = comparison.prepare(); !prepared) return complain(prepared.error());
    const auto samples = comparison.run();
    if (!samples) return complain(samples.error());
    const auto rows = rows_of(*samples);
    const auto heading = [](const WorkloadSize&) { return std::string("stores by their number of messages"); };
    fmt::print("{}", command.json ? json_report("large", *settings, *samples, rows) : text_report(rows, heading));
    return 0;
}

std::string own_directory() {
    std::error_code refused;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", refused);
    return refused ? "." : program.parent_path().string();
}

}  // namespace
}  // namespace obrol::bench

int main(int count, char** arguments) {
    const auto parsed = obrol::bench::parse_command_line(count, arguments, obrol::bench::own_directory());
    if (const auto* nothing = std::get_if<obrol::bench::NothingToRun>(&parsed)) {
        fmt::print(nothing->exit_code == 0 ? stdout : stderr, "{}", nothing->text);
        return nothing->exit_code;
    }
    if (const auto* workload = std::get_if<obrol::bench::WorkloadCommand>(&parsed))
        return obrol::bench::run_workload(*workload);
    if (const auto* files = std::get_if<obrol::bench::FilesCommand>(&parsed)) return obrol::bench::run_files(*files);
    if (const auto* generate = std::get_if<obrol::bench::GenerateCommand>(&parsed))
        return obrol::bench::run_generate(*generate);
    if (const auto* large = std::get_if<obrol::bench::LargeCommand>(&parsed)) return obrol::bench::run_large(*large);
    return obrol::bench::run_ack(std::get<obrol::bench::AckCommand>(parsed));
}
