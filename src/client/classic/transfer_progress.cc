#include "client/classic/transfer_progress.h"

#include <fmt/format.h>
#include <utility>

namespace obrol {

TransferProgress::TransferProgress(const Clock& clock, ClassicClient::Screen& screen, std::string name,
                                   std::uint64_t total, std::uint64_t done)
    : clock_(clock),
      screen_(screen),
      name_(std::move(name)),
      total_(total),
      done_(done),
      begin_(clock.monotonic_now()),
      next_line_(begin_ + moment) {}

TransferProgress::~TransferProgress() {
    if (is_shown_) screen_.show_progress("");
}

void TransferProgress::advance(std::size_t bytes) {
    done_ += bytes;
    carried_ += bytes;
    const MonotonicTime now = clock_.monotonic_now();
    if (now < next_line_) return;
    next_line_ = now + between_lines;
    show(now - begin_);
}

void TransferProgress::show(Duration elapsed) {
    const double share = total_ == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(total_);
    is_shown_ = true;
    screen_.show_progress(
        fmt::format("{}: {} %, {}", name_, static_cast<int>(share * 100.0), rate_text(carried_, elapsed)));
}

Result<std::size_t> WatchedSource::read(std::span<char> into) {
    Result<std::size_t> count = file_.read(into);
    if (count) progress_.advance(*count);
    return count;
}

std::string rate_text(std::uint64_t bytes, Duration elapsed) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    double rate = seconds > 0.0 ? static_cast<double>(bytes) / seconds : 0.0;
    if (rate < 1024.0) return fmt::format("{:.0f} B/s", rate);
    rate /= 1024.0;
    if (rate < 1024.0) return fmt::format("{:.1f} KiB/s", rate);
    return fmt::format("{:.1f} MiB/s", rate / 1024.0);
}

}  // namespace obrol
