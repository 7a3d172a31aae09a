#include "server/output_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace obrol {
namespace {

// Below this, copying is cheaper than a reference count and a place in the kernel's list of buffers.
constexpr std::size_t shared_bytes_min = 512;
// Buffers for one writev: enough to fill a socket buffer with chunks that were worth sharing.
constexpr std::size_t buffers_max = 64;

}  // namespace

OutputQueue::~OutputQueue() {
    if (followed_) leave();
}

void OutputQueue::append_shared(const SharedPart& part) {
    stop_following();
    if (part.size < shared_bytes_min) {
        tail_ += part.view();
        return;
    }
    seal_tail();
    sealed_bytes_ += part.size;
    chunks_.push_back(Chunk{{}, part});
}

void OutputQueue::append_own(std::string bytes) {
    stop_following();
    seal_tail();
    tail_ = std::move(bytes);
    seal_tail();
}

void OutputQueue::follow(EventBatch& batch, std::size_t begin, ListenerId listener) {
    stop_following();
    batch.joined();
    followed_ = &batch;
    followed_from_ = begin;
    listener_ = listener;
}

EventBatch& OutputQueue::leave() {
    EventBatch& batch = *std::exchange(followed_, nullptr);
    batch.left(listener_);
    return batch;
}

void OutputQueue::stop_following() {
    if (!followed_) return;
    const std::size_t size = followed_bytes();
    const EventBatch& batch = leave();
    if (size > 0) append_shared(batch.part(followed_from_, size));
}

void OutputQueue::add_mark(std::uint64_t mark) {
    marks_.push_back(Mark{taken_ + bytes(), mark});
}

void OutputQueue::seal_tail() {
    if (tail_.empty()) return;
    sealed_bytes_ += tail_.size();
    own_bytes_ += heap_bytes(tail_);
    chunks_.push_back(Chunk{std::exchange(tail_, {}), nullptr});
}

IoStatus OutputQueue::write_to(Stream& stream, std::vector<std::uint64_t>& marks) {
    IoStatus status = IoStatus::ok;
    while (!empty() && status == IoStatus::ok) {
        std::array<iovec, buffers_max> buffers;
        std::size_t count = 0;
        std::size_t skipped = front_taken_;
        const auto add = [&](std::string_view bytes) {
            bytes.remove_prefix(std::exchange(skipped, 0));
            buffers[count++] = iovec{const_cast<char*>(bytes.data()), bytes.size()};
        };
        for (std::size_t i = first_; i < chunks_.size() && count < buffers_max; ++i)
            add(chunks_[i].view());
        if (!tail_.empty() && count < buffers_max) add(tail_);
        if (followed_bytes() > 0 && count < buffers_max) add(followed_->from(followed_from_));
        const IoResult result = stream.writev(std::span(buffers.data(), count));
        status = result.status;
        if (status == IoStatus::ok) took(result.bytes);
    }
    stop_following();
    std::size_t taken_marks = 0;
    while (taken_marks < marks_.size() && marks_[taken_marks].end <= taken_)
        marks.push_back(marks_[taken_marks++].value);
    marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(taken_marks));
    return status;
}

void OutputQueue::took(std::size_t bytes) {
    taken_ += bytes;
    // The batch comes last: its bytes need never stand in the queue if the stream takes them at once.
    const std::size_t of_queue = std::min(bytes, sealed_bytes_ + tail_.size() - front_taken_);
    followed_from_ += bytes - of_queue;
    if (of_queue > 0) took_of_queue(of_queue);
}

void OutputQueue::took_of_queue(std::size_t bytes) {
    front_taken_ += bytes;
    while (first_ < chunks_.size() && front_taken_ >= chunks_[first_].view().size()) {
        const std::size_t size = chunks_[first_].view().size();
        front_taken_ -= size;
        sealed_bytes_ -= size;
        own_bytes_ -= heap_bytes(chunks_[first_].own);
        chunks_[first_++] = Chunk{};
    }
    if (first_ == chunks_.size()) {
        chunks_.clear();
        first_ = 0;
        if (front_taken_ == tail_.size()) {
            free_memory_of(tail_);
            front_taken_ = 0;
        } else if (front_taken_ > 0) {
            // What comes later goes into a string of its own, so that this one is freed when it is written.
            seal_tail();
        }
    } else if (first_ > chunks_.size() / 2) {
        // A queue that is never empty must not grow at its written end.
        chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
    OBROL_CHECK(front_taken_ <= sealed_bytes_ + tail_.size());
}

void OutputQueue::drop_bytes() {
    if (followed_) leave();
    free_memory_of(chunks_);
    free_memory_of(tail_);
    first_ = front_taken_ = sealed_bytes_ = own_bytes_ = 0;
}

void OutputQueue::free_memory() {
    OBROL_CHECK(empty() && marks_.empty());
    free_memory_of(chunks_);
    free_memory_of(marks_);
    free_memory_of(tail_);
}

std::vector<std::uint64_t> OutputQueue::drop_marks() {
    std::vector<std::uint64_t> dropped;
    for (const Mark& mark : marks_)
        dropped.push_back(mark.value);
    marks_.clear();
    return dropped;
}

}  // namespace obrol
