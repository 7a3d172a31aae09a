#include "federation/item_intake.h"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "io/next_turn.h"

namespace obrol {
namespace {

// Of what is handed over in one turn of the loop: others get theirs in between.
constexpr std::size_t items_per_turn = 64;

}  // namespace

std::optional<LinkEnd> ItemIntake::take(PeerItems frame) {
    if (frames_.size() + batches_.size() >= peer_batches_max) return LinkEnd::too_many;
    const std::string text = items_text(parts_.key.public_key(), frame);
    if (!is_signed_by(*parts_.server.key, text, frame.signature)) return LinkEnd::signature;
    if (frame.items.empty()) return LinkEnd::unexpected;
    frames_.push_back(std::move(frame));
    if (is_open_) go_on();
    return std::nullopt;
}

void ItemIntake::open() {
    is_open_ = true;
    go_on();
}

void ItemIntake::go_on() {
    if (is_handing_over_ || frames_.empty()) return;
    is_handing_over_ = true;
    parts_.gate.spawn(hand_over(*this));
}

Task<void> ItemIntake::wait_until_handed_over(ItemIntake& self) {
    while (self.is_handing_over_)
        co_await self.handed_over_.wait();
}

Task<void> ItemIntake::hand_over(ItemIntake& self) {
    while (!self.frames_.empty() && !self.parts_.frames.is_ending()) {
        PeerItems frame = std::move(self.frames_.front());
        self.frames_.pop_front();
        co_await carry_out(self, std::move(frame));
    }
    self.is_handing_over_ = false;
    self.handed_over_.ring();
}

Task<void> ItemIntake::carry_out(ItemIntake& self, PeerItems frame) {
    auto owned = std::make_unique<Batch>();
    Batch& batch = *owned;
    batch.epoch = frame.epoch;
    batch.end = frame.number + static_cast<std::int64_t>(frame.items.size());
    // Nothing of the frame ends before the last of its items has been handed over.
    batch.waiting = 1;
    self.batches_.push_back(std::move(owned));
    batch.items = std::move(frame.items);
    const OutboxPlace begin{frame.epoch, frame.number};
    for (std::size_t next = 0; next < batch.items.size(); next += items_per_turn) {
        if (next > 0) {
            co_await NextTurn{self.parts_.executor};
            if (self.parts_.frames.is_ending()) co_return;
        }
        const std::span items = std::span(batch.items).subspan(next);
        const OutboxPlace place{begin.epoch, begin.number + static_cast<std::int64_t>(next)};
        ++batch.waiting;
        self.parts_.gate.spawn(
            take_items(self, batch, place, frame.first, items.first(std::min(items.size(), items_per_turn))));
    }
    if (--batch.waiting == 0) self.acknowledge_ready();
}

Task<void> ItemIntake::take_items(ItemIntake& self, Batch& batch, OutboxPlace place, std::int64_t first,
                                  std::span<const std::string> items) {
    const Peering::Taken taken = co_await self.parts_.peering.receive(self.parts_.server.id, place, first, items);
    const std::int64_t end = place.number + static_cast<std::int64_t>(taken.count);
    if (taken.trouble && end < batch.end) {
        batch.end = end;
        batch.trouble = taken.trouble;
    }
    for (const Peering::Taken::Refusal& refusal : taken.refused)
        batch.refused.push_back(
            {place.number + static_cast<std::int64_t>(refusal.index), std::string(to_string(refusal.why))});
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
