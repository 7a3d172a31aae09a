// How far a file has come, for somebody who watches: shown when it takes longer than a moment, and not too often.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "client/classic/classic_client.h"
#include "client/session/file_bytes.h"

namespace obrol {

class TransferProgress {
  public:
    static constexpr Duration moment = std::chrono::milliseconds(500);
    static constexpr Duration between_lines = std::chrono::milliseconds(250);

    // `done` of the `total` bytes need not be carried any more. `clock` and `screen` outlive it.
    TransferProgress(const Clock& clock, ClassicClient::Screen& screen, std::string name, std::uint64_t total,
                     std::uint64_t done);
    // Takes away what it shows.
    ~TransferProgress();
    TransferProgress(const TransferProgress&) = delete;
    TransferProgress& operator=(const TransferProgress&) = delete;

    void advance(std::size_t bytes);

  private:
    void show(Duration elapsed);

    const Clock& clock_;
    ClassicClient::Screen& screen_;
    const std::string name_;
    const std::uint64_t total_;
    std::uint64_t done_;
    std::uint64_t carried_ = 0;
    const MonotonicTime begin_;
    MonotonicTime next_line_;
    bool is_shown_ = false;
};

// Counts what is read from a file. Both outlive it.
class WatchedSource final : public FileSource {
  public:
    WatchedSource(FileSource& file, TransferProgress& progress) : file_(file), progress_(progress) {}

    Result<std::size_t> read(std::span<char> into) override;

  private:
    FileSource& file_;
    TransferProgress& progress_;
};

// "512 B/s", "3.4 KiB/s", "17.0 MiB/s".
std::string rate_text(std::uint64_t bytes, Duration elapsed);

}  // namespace obrol
