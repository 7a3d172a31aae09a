#include "federation/frame_stream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

namespace obrol {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t buffers_max = 16;
// The other side may take so long to read the last frames.
constexpr Duration linger_max = std::chrono::seconds(1);

}  // namespace

FrameStream::FrameStream(Executor& executor, std::unique_ptr<SecureStream> stream)
    : executor_(executor),
      stream_(std::move(stream)),
      writer_(executor),
      progress_(executor),
      linger_(executor),
      heard_at_(executor.clock().monotonic_now()),
      moved_at_(heard_at_) {}

Task<std::expected<PeerFrame, FrameStream::End>> FrameStream::read(FrameStream& self) {
    while (!self.is_closed_) {
        if (!self.is_finishing_) {
            const CutFrame cut =
                cut_peer_frame(std::string_view(self.input_).substr(self.input_begin_), self.frame_bytes_max_);
            if (cut.kind == CutFrame::Kind::too_large) co_return std::unexpected(End::too_large);
            if (cut.kind == CutFrame::Kind::frame) {
                std::optional<PeerFrame> frame = parse_peer_frame(cut.bytes);
                self.input_begin_ += cut.consumed;
                if (!frame) co_return std::unexpected(End::malformed);
                co_return *std::move(frame);
            }
        }
        self.forget_taken();
        co_await self.stream_->wait_readable();
        if (self.is_closed_) break;
        const IoStatus status = self.read_some();
        if (status == IoStatus::ok || status == IoStatus::would_block) continue;
        // The other side has said all, but may still be reading.
        while (status == IoStatus::closed && self.is_finishing_ && !self.output_.empty())
            co_await self.progress_.wait();
        self.close();
    }
    co_return std::unexpected(End::closed);
}

// What is left behind several frames moves to the front once; an idle link keeps no buffer.
void FrameStream::forget_taken() {
    input_.erase(0, std::exchange(input_begin_, 0));
    if (is_finishing_ || input_.empty()) std::string().swap(input_);
}

IoStatus FrameStream::read_some() {
    const std::size_t kept = input_.size();
    input_.resize(kept + read_bytes);
    const IoResult result = stream_->read_some(std::span(input_).subspan(kept));
    input_.resize(kept + result.bytes);
    if (result.status == IoStatus::ok) heard_at_ = executor_.clock().monotonic_now();
    return result.status;
}

void FrameStream::send(const PeerFrame& frame) {
    if (is_ending()) return;
    if (output_.empty()) moved_at_ = executor_.clock().monotonic_now();
    output_.push_back(encode(frame));
    queued_bytes_ += output_.back().size();
    writer_.wake();
}

Task<void> FrameStream::write(FrameStream& self) {
    while (!self.is_closed_) {
        bool would_block = false;
        if (!self.write_some(would_block)) break;
        if (would_block) {
            co_await self.stream_->wait_writable();
        } else {
            if (self.is_finishing_) self.stream_->shutdown_write();
            co_await self.writer_.wait();
        }
    }
    self.close();
}

bool FrameStream::write_some(bool& would_block) {
    while (!output_.empty()) {
        std::array<iovec, buffers_max> buffers{};
        std::size_t count = 0;
        for (std::string& frame : output_) {
            const std::size_t begin = count == 0 ? output_begin_ : 0;
            buffers[count++] = {frame.data() + begin, frame.size() - begin};
            if (count == buffers.size()) break;
        }
        const IoResult result = stream_->writev(std::span(buffers).first(count));
        would_block = result.status == IoStatus::would_block;
        if (would_block) return true;
        if (result.status != IoStatus::ok) return false;
        written(result.bytes);
    }
    return true;
}

void FrameStream::written(std::size_t bytes) {
    queued_bytes_ -= bytes;
    moved_at_ = executor_.clock().monotonic_now();
    output_begin_ += bytes;
    while (!output_.empty() && output_begin_ >= output_.front().size()) {
        output_begin_ -= output_.front().size();
        output_.pop_front();
    }
    progress_.ring();
}

void FrameStream::finish() {
    if (is_ending()) return;
    is_finishing_ = true;
    linger_.start_after(linger_max, [this] { close(); });
    writer_.wake();
}

void FrameStream::close() {
    if (std::exchange(is_closed_, true)) return;
    linger_.cancel();
    stream_->close();
    output_.clear();
    queued_bytes_ = 0;
    writer_.wake();
    progress_.ring();
}

MonotonicTime FrameStream::moved_at() const {
    return output_.empty() ? executor_.clock().monotonic_now() : moved_at_;
}

}  // namespace obrol
