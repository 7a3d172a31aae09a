#include "federation/item_intake.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace obrol {

std::optional<LinkEnd> ItemIntake::take(PeerItems frame) {
    if (early_.size() + batches_.size() >= peer_batches_max) return LinkEnd::too_many;
    const std::string text = items_text(parts_.key.public_key(), frame);
    if (!is_signed_by(*parts_.server.key, text, frame.signature)) return LinkEnd::signature;
    if (frame.items.empty()) return LinkEnd::unexpected;
    if (is_open_)
        carry_out(std::move(frame));
    else
        early_.push_back(std::move(frame));
    return std::nullopt;
}

void ItemIntake::open() {
    is_open_ = true;
    while (!early_.empty() && !parts_.frames.is_ending()) {
        PeerItems frame = std::move(early_.front());
        early_.pop_front();
        carry_out(std::move(frame));
    }
}

void ItemIntake::carry_out(PeerItems frame) {
    auto owned = std::make_unique<Batch>();
    Batch& batch = *owned;
    batch.epoch = frame.epoch;
    batch.end = frame.number + static_cast<std::int64_t>(frame.items.size());
    // Nothing of the frame ends before the last of its items has been handed over.
    batch.waiting = frame.items.size() + 1;
    batches_.push_back(std::move(owned));
    OutboxPlace place{frame.epoch, frame.number};
    for (std::string& item : frame.items) {
        parts_.gate.spawn(take_item(*this, batch, place, frame.first, std::move(item)));
        ++place.number;
    }
    if (--batch.waiting == 0) acknowledge_ready();
}

Task<void> ItemIntake::take_item(ItemIntake& self, Batch& batch, OutboxPlace place, std::int64_t first,
                                 std::string bytes) {
    const auto taken = co_await self.parts_.peering.receive(self.parts_.server.id, place, first, std::move(bytes));
    if (!taken && place.number < batch.end) {
        batch.end = place.number;
        batch.trouble = taken.error();
    }
    if (taken && *taken) batch.refused.push_back({place.number, std::string(to_string(**taken))});
    if (--batch.waiting == 0) self.acknowledge_ready();
}

void ItemIntake::acknowledge_ready() {
    while (!batches_.empty() && batches_.front()->waiting == 0) {
        const std::unique_ptr<Batch> batch = std::move(batches_.front());
        batches_.pop_front();
        // Commits may end in another order than they were begun.
        std::ranges::sort(batch->refused, {}, &PeerAcknowledgement::Refusal::number);
        parts_.frames.send(PeerAcknowledgement{batch->epoch, batch->end - 1, std::move(batch->refused)});
        if (!batch->trouble) continue;
        const bool is_order = batch->trouble == ChatError::busy;
        parts_.end(
            is_order ? LinkEnd::order : LinkEnd::not_stored,
            fmt::format("item {} of epoch {} was not taken: {}", batch->end, batch->epoch, to_string(*batch->trouble)));
        return;
    }
}

}  // namespace obrol
