// The bytes of a file as a connection carries them: what is taken from its socket here, what is given to it by
// Connection::give_bytes. No decoder sees them, and one transfer holds no more than a chunk at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/transfer.h"
#include "io/executor.h"
#include "io/task.h"

namespace obrol {

// What a reply of core's brought along for the connection.
struct Transfers {
    std::unique_ptr<Upload> upload;
    std::unique_ptr<Download> download;

    explicit operator bool() const { return upload || download; }
};

// Takes exactly so many bytes: for an upload, or to drop them.
class Intake {
  public:
    // `upload` null: they are dropped. `here`: the connection's executor.
    Intake(Executor& here, std::unique_ptr<Upload> upload, std::uint64_t bytes, std::size_t chunk_bytes);

    // That are still to come from the client.
    std::uint64_t bytes_left() const { return bytes_left_; }
    // Takes what was received together with the request; how much of it belongs here.
    std::size_t take(std::string_view received);
    // Where to read further bytes to; empty when a chunk is full or all are there. filled() says how many there are.
    std::span<char> room();
    void filled(std::size_t bytes);
    // A chunk is full, or the last bytes are there: hand_over() before anything else.
    bool is_due() const { return gathered_ > 0 && (gathered_ == chunk_bytes_ || bytes_left_ == 0); }
    // Gives what was gathered to the upload; ends in a later turn.
    Task<void> hand_over();

    bool has_upload() const { return upload_ != nullptr; }
    std::unique_ptr<Upload> take_upload() { return std::move(upload_); }
    std::size_t held_bytes() const { return chunk_ ? chunk_bytes_ : 0; }

  private:
    Executor& here_;
    std::unique_ptr<Upload> upload_;
    std::uint64_t bytes_left_;
    const std::size_t chunk_bytes_;  // at most what is left, so that a small file costs little
    std::unique_ptr<char[]> chunk_;
    std::size_t gathered_ = 0;
    bool is_wanted_;  // what is not wanted is dropped
};

}  // namespace obrol
