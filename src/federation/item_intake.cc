#include "federation/item_intake.h"

#include <fmt/core.h>
#include <utility>

namespace obrol {

std::optional<LinkEnd> ItemIntake::take(PeerItems frame) {
    if (batches_.size() >= peer_batches_max) return LinkEnd::too_many;
    const std::string text = items_text(parts_.key.public_key(), frame);
    if (!is_signed_by(*parts_.server.key, text, frame.signature)) return LinkEnd::signature;
    if (frame.items.empty()) return LinkEnd::unexpected;
    auto owned = std::make_unique<Batch>();
    Batch& batch = *owned;
    batch.epoch = frame.epoch;
    batch.last = frame.number - 1;
    // Nothing of the frame ends before the last of its items has been handed over.
    batch.waiting = frame.items.size() + 1;
    batches_.push_back(std::move(owned));
    OutboxPlace place{frame.epoch, frame.number};
    for (std::string& item : frame.items) {
        parts_.gate.spawn(take_item(*this, batch, place, frame.first, std::move(item)));
        ++place.number;
    }
    if (--batch.waiting == 0) acknowledge_ready();
    return std::nullopt;
}

// They end in their order, so what was refused is noted in it, too.
Task<void> ItemIntake::take_item(ItemIntake& self, Batch& batch, OutboxPlace place, std::int64_t first,
                                 std::string bytes) {
    const auto taken = co_await self.parts_.peering.receive(self.parts_.server.id, place, first, std::move(bytes));
    if (!taken && !batch.is_broken) {
        batch.is_broken = true;
        batch.trouble = taken.error();
    } else if (!batch.is_broken) {
        batch.last = place.number;
        if (*taken) batch.refused.push_back({place.number, std::string(to_string(**taken))});
    }
    if (--batch.waiting == 0) self.acknowledge_ready();
}

void ItemIntake::acknowledge_ready() {
    while (!batches_.empty() && batches_.front()->waiting == 0) {
        const std::unique_ptr<Batch> batch = std::move(batches_.front());
        batches_.pop_front();
        parts_.frames.send(PeerAcknowledgement{batch->epoch, batch->last, std::move(batch->refused)});
        if (!batch->is_broken) continue;
        const bool is_order = batch->trouble == ChatError::busy;
        parts_.end(is_order ? LinkEnd::order : LinkEnd::not_stored,
                   fmt::format("item {} of epoch {} was not taken: {}", batch->last + 1, batch->epoch,
                               to_string(batch->trouble)));
        return;
    }
}

}  // namespace obrol
