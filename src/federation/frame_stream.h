// A link's stream as frames: read one after the other, written at the end of the turn in which they were given.
#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <string>

#include "base/clock.h"
#include "dialects/peer/frame.h"
#include "federation/waiting.h"
#include "io/executor.h"
#include "io/secure_channel.h"
#include "io/task.h"
#include "io/timer.h"

namespace obrol {

class FrameStream {
  public:
    // Frames of a stranger are small (peer_greeting_bytes_max) until trust() was called.
    FrameStream(Executor& executor, std::unique_ptr<SecureStream> stream);
    FrameStream(const FrameStream&) = delete;
    FrameStream& operator=(const FrameStream&) = delete;

    // Why there is no next frame.
    enum class End {
        closed,     // by either side
        too_large,  // the other side does not speak this language, or means ill
        malformed,
    };
    // One reader. Once the stream is finishing, what comes is forgotten and the end is all that is left to read.
    static Task<std::expected<PeerFrame, End>> read(FrameStream& self);
    // Queues it; nothing once the stream is closed or finishing.
    void send(const PeerFrame& frame);
    // Writes what is queued until the stream is closed. Runs beside everything else; must have ended before the stream
    // is destroyed.
    static Task<void> write(FrameStream& self);

    void trust() { frame_bytes_max_ = peer_frame_bytes_max; }
    // What waits to be written. Rings whenever it has become less, and at the end.
    std::size_t queued_bytes() const { return queued_bytes_; }
    Bell& progress() { return progress_; }
    // No frame is sent any more; what is queued is written, then the other side is told. Whoever reads should read on:
    // closing at once would take the last frames away from the other side. After a moment the stream is closed anyway.
    void finish();
    void close();
    // Finishing or closed.
    bool is_ending() const { return is_finishing_ || is_closed_; }

    // When something came last; and when something could be written last, or nothing was to be written.
    MonotonicTime heard_at() const { return heard_at_; }
    MonotonicTime moved_at() const;
    std::string peer_host() const { return stream_->peer_host(); }
    const SecureStream& stream() const { return *stream_; }

  private:
    void forget_taken();
    IoStatus read_some();
    // False: the stream is broken.
    bool write_some(bool& would_block);
    void written(std::size_t bytes);

    Executor& executor_;
    std::unique_ptr<SecureStream> stream_;
    std::size_t frame_bytes_max_ = peer_greeting_bytes_max;
    std::string input_;
    std::size_t input_begin_ = 0;
    std::deque<std::string> output_;
    std::size_t output_begin_ = 0;  // of the first: so much was written
    std::size_t queued_bytes_ = 0;
    WakeUp writer_;
    Bell progress_;
    Timer linger_;
    MonotonicTime heard_at_;
    MonotonicTime moved_at_;
    bool is_finishing_ = false;
    bool is_closed_ = false;
};

}  // namespace obrol
