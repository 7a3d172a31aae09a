// Uploads and downloads of many clients at once against several servers: every server in each round, so that a slow
// minute of the machine hits all.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/file_contents.h"
#include "bench/peer.h"
#include "bench/stop_signal.h"
#include "bench/workload_comparison.h"

namespace obrol::bench {

struct FileOptions {
    std::vector<std::size_t> clients = {10, 100};
    std::size_t mib = 8;  // of each client's file
    std::size_t rounds = 3;
    std::string data_root;
};

// "10 clients at once, a file of 8 MiB each: upload"
std::string describe_files(const WorkloadSize& size);

class FileComparison {
  public:
    // `progress` takes a line for a person who waits. All must outlive it.
    FileComparison(const FileOptions& options, std::vector<std::unique_ptr<FilePeer>> peers, const Clock& clock,
                   const StopSignal& interrupted, std::function<void(const std::string&)> progress);

    // Leaves out the peers that cannot take part, saying why; returns a line for each of the others. An error when none
    // is left.
    Result<std::vector<std::string>> prepare();

    // All rounds of all numbers of clients, a fresh server with fresh data each time; two samples of each, the uploads
    // and the downloads. The first failure ends it.
    Result<std::vector<WorkloadSample>> run();

  private:
    Result<std::vector<WorkloadSample>> measure(const FilePeer& peer, std::size_t clients, std::size_t round) const;

    const FileOptions& options_;
    std::vector<std::unique_ptr<FilePeer>> peers_;
    FileContents contents_;
    const Clock& clock_;
    const StopSignal& interrupted_;
    std::function<void(const std::string&)> progress_;
};

}  // namespace obrol::bench
