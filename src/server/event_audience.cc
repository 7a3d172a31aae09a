#include "server/event_audience.h"

#include <algorithm>
#include <utility>

#include "server/connection.h"
#include "server/connection_group.h"
#include "server/connection_state.h"

namespace obrol {
namespace {

// For fewer listeners than this a copy for each is cheaper than a batch.
constexpr std::size_t sharing_listeners_min = 4;
// A batch that has grown so large is continued in another one; also one that has grown to what a connection may leave
// unwritten. Every connection is asked again then, and writes if it has much to write.
constexpr std::size_t batch_bytes_max = 64 * 1024;
// Among so many of the latest batches the one of these listeners is looked for. Not finding it costs a batch
// more, not the order.
constexpr std::size_t batches_looked_at = 8;
// What a scratch buffer keeps between events.
constexpr std::size_t scratch_bytes_max = 64 * 1024;

}  // namespace

void EventAudience::deliver(const std::shared_ptr<const Event>& event, const Listeners& listeners) {
    if (group_.executor().is_current()) return deliver_here(*event, listeners);
    group_.executor().post([this, event, listeners] { deliver_here(*event, listeners); });
}

void EventAudience::deliver(const std::shared_ptr<const Event>& event, std::span<const ListenerId> listeners) {
    if (listeners.size() < sharing_listeners_min && group_.executor().is_current())
        return deliver_to_few(*event, listeners);
    deliver(event, std::make_shared<const std::vector<ListenerId>>(listeners.begin(), listeners.end()));
}

void EventAudience::deliver_here(const Event& event, const Listeners& listeners) {
    if (listeners->size() < sharing_listeners_min) return deliver_to_few(event, *listeners);
    EventBatch& batch = batch_for(listeners);
    const std::size_t begin = batch.size();
    batch.append([&](std::string& out) { render(event, out); });
    if (batch.size() == begin) return;
    const RenderedEvent rendered{event, batch.from(begin), &batch, begin};
    batch.tell([&](ListenerId id) {
        Connection* connection = group_.listener(id);
        return !connection || connection->hear(*this, rendered);
    });
}

void EventAudience::deliver_to_few(const Event& event, std::span<const ListenerId> listeners) {
    scratch_.clear();
    render(event, scratch_);
    if (scratch_.empty()) return;
    const RenderedEvent rendered{event, scratch_};
    for (const ListenerId id : listeners)
        if (Connection* connection = group_.listener(id)) connection->hear(*this, rendered);
    if (scratch_.capacity() > scratch_bytes_max) free_memory_of(scratch_);
}

std::size_t EventAudience::most_bytes() const {
    const std::size_t pause = group_.is_short_of_memory() ? pressed_output_bytes : batch_bytes_max;
    return std::min(pause, group_.limits_.push_pause_bytes);
}

EventBatch& EventAudience::batch_for(const Listeners& listeners) {
    const std::size_t oldest = used_ - std::min(used_, batches_looked_at);
    for (std::size_t i = used_; i > oldest; --i) {
        EventBatch& batch = *batches_[i - 1];
        if (batch.listeners() != listeners) continue;
        if (batch.size() < most_bytes()) return batch;
        break;
    }
    group_.expect_turn_end();
    if (used_ == batches_.size()) batches_.push_back(std::make_unique<EventBatch>(group_.buffers_));
    EventBatch& batch = *batches_[used_++];
    batch.begin(listeners);
    return batch;
}

void EventAudience::end_turn() {
    if (used_ == 0) return;
    std::size_t followed = 0;
    for (std::size_t i = 0; i < used_; ++i)
        if (batches_[i]->is_followed()) std::swap(batches_[followed++], batches_[i]);
    used_ = followed;
    if (batches_.size() > used_ + 1) batches_.resize(used_ + 1);
    if (batches_.size() > used_ && batches_.back()->size() > batch_bytes_max) batches_.pop_back();
}

}  // namespace obrol
