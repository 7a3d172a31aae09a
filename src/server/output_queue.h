// What a connection has to write: its own answers, and bytes shared with other connections. Knows which marked places
// the kernel has taken everything up to.
//
// It may follow a batch of events, whose bytes then need not be handed over one by one: what is appended there is here,
// too, until something else is appended or the queue is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/stream.h"
#include "server/buffer_bytes.h"
#include "server/event_batch.h"

namespace obrol {

class OutputQueue {
  public:
    OutputQueue() = default;
    ~OutputQueue();
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;

    // Append own bytes here; valid until the next call of another method.
    std::string& tail() {
        stop_following();
        return tail_;
    }
    void append_shared(const SharedPart& part);
    // Takes the string over, for many bytes.
    void append_own(std::string bytes);
    // Everything in `batch` from `begin` on, what is appended to it later included. The batch hears when `listener`
    // follows no longer, and must exist until then.
    void follow(EventBatch& batch, std::size_t begin, ListenerId listener);
    // What has been appended to the batch so far stays.
    void stop_following();
    // `mark` is taken once everything appended before was taken.
    void add_mark(std::uint64_t mark);

    // Unwritten bytes.
    std::size_t bytes() const { return sealed_bytes_ + tail_.size() - front_taken_ + followed_bytes(); }
    bool empty() const { return bytes() == 0; }
    // What is held for this queue alone, written parts of what is under way included.
    std::size_t own_bytes() const { return own_bytes_ + heap_bytes(tail_); }
    // Bytes written since the beginning.
    std::uint64_t taken() const { return taken_; }

    // Writes until all is written (ok) or the stream takes no more (would_block) or is broken (closed, failed). Taken
    // marks are appended to `marks`, oldest first. Follows no batch afterwards.
    IoStatus write_to(Stream& stream, std::vector<std::uint64_t>& marks);

    // Nothing more will be written; marks stay.
    void drop_bytes();
    // An empty queue without marks keeps nothing.
    void free_memory();
    // Marks that were not taken; they are forgotten.
    std::vector<std::uint64_t> drop_marks();

  private:
    struct Chunk {
        std::string own;
        SharedPart shared = {};  // instead of `own`

        std::string_view view() const { return shared.whole ? shared.view() : std::string_view(own); }
    };
    struct Mark {
        std::uint64_t end;  // counted from the first byte ever appended
        std::uint64_t value;
    };

    void seal_tail();
    void took(std::size_t bytes);
    void took_of_queue(std::size_t bytes);
    std::size_t followed_bytes() const { return followed_ ? followed_->size() - followed_from_ : 0; }
    EventBatch& leave();

    std::vector<Chunk> chunks_;  // sealed; those before `first_` are written
    std::size_t first_ = 0;
    std::size_t front_taken_ = 0;   // bytes of the first unwritten chunk (or of the tail) that are written
    std::size_t sealed_bytes_ = 0;  // of the unwritten chunks, whole
    std::size_t own_bytes_ = 0;     // of those that are not shared
    std::string tail_;
    EventBatch* followed_ = nullptr;  // behind the tail
    std::size_t followed_from_ = 0;
    ListenerId listener_ = 0;  // as which it follows
    std::uint64_t taken_ = 0;
    std::vector<Mark> marks_;
};

}  // namespace obrol
