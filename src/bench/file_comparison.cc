#include "bench/file_comparison.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "bench/file_run.h"
#include "bench/open_file_limit.h"
#include "bench/running_server.h"

namespace obrol::bench {
namespace {

constexpr std::size_t bytes_of_mebibyte = 1 << 20;

}  // namespace

std::string describe_files(const WorkloadSize& size) {
    return fmt::format("{} client{} at once, a file of {} MiB each: {}", size.clients, size.clients == 1 ? "" : "s",
                       size.file_mib, size.downloads ? "download" : "upload");
}

FileComparison::FileComparison(const FileOptions& options, std::vector<std::unique_ptr<FilePeer>> peers,
                               const Clock& clock, const StopSignal& interrupted,
                               std::function<void(const std::string&)> progress)
    : options_(options),
      peers_(std::move(peers)),
      contents_(std::ranges::max(options.clients), options.mib * bytes_of_mebibyte),
      clock_(clock),
      interrupted_(interrupted),
      progress_(std::move(progress)) {}

Result<std::vector<std::string>> FileComparison::prepare() {
    // The servers inherit the limit.
    if (auto allowed = allow_connections(0); !allowed) return Failure<Error>(allowed.error());
    return describe_all(peers_, options_.data_root, progress_);
}

Result<std::vector<WorkloadSample>> FileComparison::measure(const FilePeer& peer, std::size_t clients,
                                                            std::size_t round) const {
    auto server = start_server(peer, options_.data_root, clock_, interrupted_);
    if (!server) return Failure<Error>(server.error());
    FilePlan plan;
    plan.clients = clients;
    plan.port = server->port;
    plan.server = server->process.id();
    const std::unique_ptr<FileLobby> lobby = peer.lobby();
    FileRun run(plan, *lobby, contents_, clock_, interrupted_);
    const auto result = run.run();
    if (!result) return about_run(peer, *server, result.error().what, interrupted_);
    const bool stopped_cleanly = server->stop();
    std::vector<WorkloadSample> samples;
    for (const bool downloads : {false, true}) {
        WorkloadSize size;
        size.clients = clients;
        size.file_mib = options_.mib;
        size.downloads = downloads;
        samples.push_back(
            {peer.name(), size, round, metrics_of(downloads ? result->download : result->upload), stopped_cleanly});
    }
    return samples;
}

Result<std::vector<WorkloadSample>> FileComparison::run() {
    std::vector<WorkloadSample> samples;
    for (std::size_t round = 0; round < options_.rounds; ++round) {
        for (const std::size_t clients : options_.clients) {
            for (std::size_t turn = 0; turn < peers_.size(); ++turn) {
                // Another one begins each round, so that none always follows the same neighbour's writes.
                const FilePeer& peer = *peers_[(round + turn) % peers_.size()];
                auto measured = measure(peer, clients, round);
                if (!measured) return Failure<Error>(measured.error());
                for (WorkloadSample& sample : *measured) {
                    progress_(fmt::format("round {} of {}, {}, {}: {:.6g} {}{}", round + 1, options_.rounds,
                                          describe_files(sample.size), peer.name(), sample.metrics.front().value,
                                          sample.metrics.front().name,
                                          sample.stopped_cleanly ? "" : "; it had to be killed"));
                    samples.push_back(std::move(sample));
                }
            }
        }
    }
    return samples;
}

}  // namespace obrol::bench
