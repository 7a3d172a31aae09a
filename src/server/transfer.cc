#include "server/transfer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "io/next_turn.h"

namespace obrol {

Intake::Intake(Executor& here, std::unique_ptr<Upload> upload, std::uint64_t bytes, std::size_t chunk_bytes)
    : here_(here),
      upload_(std::move(upload)),
      bytes_left_(bytes),
      chunk_bytes_(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, chunk_bytes))),
      is_wanted_(upload_ != nullptr) {}

std::span<char> Intake::room() {
    const std::size_t bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_left_, chunk_bytes_ - gathered_));
    if (bytes == 0) return {};
    if (!chunk_) chunk_ = std::make_unique_for_overwrite<char[]>(chunk_bytes_);
    return {chunk_.get() + gathered_, bytes};
}

void Intake::filled(std::size_t bytes) {
    OBROL_CHECK(bytes <= bytes_left_ && bytes <= chunk_bytes_ - gathered_);
    gathered_ += bytes;
    bytes_left_ -= bytes;
}

std::size_t Intake::take(std::string_view received) {
    const std::span<char> into = room();
    const std::size_t bytes = std::min(received.size(), into.size());
    if (bytes == 0) return 0;
    std::memcpy(into.data(), received.data(), bytes);
    filled(bytes);
    return bytes;
}

Task<void> Intake::hand_over() {
    const std::string_view bytes(chunk_.get(), std::exchange(gathered_, 0));
    if (is_wanted_)
        is_wanted_ = co_await upload_->write(here_, bytes);
    else
        co_await NextTurn{here_};
}

}  // namespace obrol
