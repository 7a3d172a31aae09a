// Files of many clients at once: every one uploads its own, then every one downloads another's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/crowd.h"
#include "bench/file_contents.h"
#include "bench/file_messenger.h"
#include "bench/histogram.h"
#include "bench/messenger_client.h"
#include "bench/stop_signal.h"
#include "bench/usage_meter.h"
#include "bench/workload.h"

namespace obrol::bench {

struct FilePlan {
    std::size_t clients = 1;
    // Nothing must arrive for so long before anything is measured, and in the end.
    Duration settling = std::chrono::milliseconds(300);
    // Without any sign of life for so long the run has failed; a server may store gigabytes before it says anything.
    Duration silence_limit = std::chrono::minutes(5);
    std::uint16_t port = 0;
    pid_t server = 0;  // whose CPU time and memory are read
};

// One file of each client in one direction.
struct Transfer {
    std::uint64_t bytes = 0;   // of all files
    LatencyHistogram latency;  // of a whole file, from when everybody began
    Usage usage;               // until the last file was there
};

struct FileResult {
    Transfer upload;
    Transfer download;
};

// For one run.
class FileRun final : private Crowd::Watcher, private Lobby {
  public:
    // `contents` has a file for each client. All must outlive it.
    FileRun(const FilePlan& plan, FileLobby& lobby, const FileContents& contents, const Clock& clock,
            const StopSignal& interrupted);

    // Brings everybody in; each uploads his file for the next one, at once; then each downloads the one that is for
    // him, at once. Errors: a byte that is not the one that was uploaded; whatever Crowd refuses.
    Result<FileResult> run();

  private:
    Result<std::unique_ptr<Client>> connect(std::uint16_t port, std::size_t number, const Seat& seat) override;
    std::size_t at_once() const override { return lobby_.at_once(); }
    Result<void> on_delivery(Crowd::Member& member, std::string_view bytes) override;
    void on_acknowledgement(Crowd::Member& member) override;

    Result<void> bring_in();
    // `begin` is what each client does.
    Result<void> measure(Transfer& transfer, const std::function<void(Crowd::Member&)>& begin);
    // Whose file is for this user.
    std::size_t sender_to(std::size_t user) const { return (user + plan_.clients - 1) % plan_.clients; }

    const FilePlan& plan_;
    FileLobby& lobby_;
    const FileContents& contents_;
    const Clock& clock_;
    Crowd crowd_;
    std::vector<Crowd::Member*> members_;
    std::vector<FileMessenger*> messengers_;  // the members', by user
    std::vector<MessengerClient*> clients_;   // theirs, by user
    std::vector<std::size_t> received_;       // bytes, by user
    Transfer* transfer_ = nullptr;            // that is being measured
    MonotonicTime began_{};
};

Metrics metrics_of(const Transfer& transfer);

}  // namespace obrol::bench
