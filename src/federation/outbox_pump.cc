#include "federation/outbox_pump.h"

#include <algorithm>
#include <utility>

namespace obrol {
namespace {

constexpr std::size_t items_per_read = 64;

}  // namespace

Task<std::optional<LinkEnd>> OutboxPump::resume(OutboxPump& self, PeerResume received) {
    const std::expected<Fit, Error> fit = co_await compare(self, received);
    if (!fit) {
        self.parts_.logger.error("the outbox for {} cannot be read: {}", self.parts_.server.label, fit.error().what);
        co_return LinkEnd::not_stored;
    }
    if (*fit == Fit::was_put_back) co_return LinkEnd::epoch;
    const Result<void> begun = co_await begin(self, received);
    if (begun) co_return std::nullopt;
    self.parts_.logger.error("the outbox for {} cannot be read: {}", self.parts_.server.label, begun.error().what);
    co_return LinkEnd::not_stored;
}

// Of this store, when the other side has what was never queued here; of the other one's, when it has lost what is not
// kept here any more.
Task<std::expected<OutboxPump::Fit, Error>> OutboxPump::compare(OutboxPump& self, const PeerResume& received) {
    Peering& peering = self.parts_.peering;
    const ServerId server = self.parts_.server.id;
    const std::int64_t epoch = peering.epoch();
    if (received.epoch > epoch) co_return Fit::was_put_back;
    if (received.epoch < epoch || received.number == 0) co_return Fit::fits;
    const Result<LinkProgress> progress = co_await peering.progress(server);
    if (!progress) co_return std::unexpected(progress.error());
    if (received.number > progress->last.number) co_return Fit::was_put_back;
    const auto there = co_await peering.outbox(server, received.number - 1, 1, 1);
    if (!there) co_return std::unexpected(there.error());
    const bool is_kept = !there->empty() && there->front().number == received.number;
    if (is_kept) co_return there->front().id == received.id ? Fit::fits : Fit::was_put_back;
    const bool is_next_kept = there->empty() || there->front().number == received.number + 1;
    co_return is_next_kept ? Fit::fits : Fit::was_put_back;
}

Task<Result<void>> OutboxPump::begin(OutboxPump& self, const PeerResume& received) {
    Peering& peering = self.parts_.peering;
    const ServerId server = self.parts_.server.id;
    const Result<LinkProgress> progress = co_await peering.progress(server);
    if (!progress) co_return Failure<Error>(progress.error());
    const auto oldest = co_await peering.oldest(server);
    if (!oldest) co_return Failure<Error>(oldest.error());
    self.epoch_ = peering.epoch();
    self.first_ = oldest->value_or(progress->last.number + 1);
    self.under_way_.clear();
    self.next_.clear();
    self.batches_ = 0;
    self.is_behind_ = true;
    const bool knows_epoch = received.epoch == self.epoch_ && received.number > 0;
    self.sent_ = knows_epoch ? received.number : self.first_ - 1;
    self.acknowledged_ = self.sent_;
    const OutboxPlace upto{self.epoch_, self.sent_};
    if (knows_epoch && upto > progress->acknowledged) peering.acknowledged(server, upto, {});
    co_return Result<void>();
}

Task<void> OutboxPump::run(OutboxPump& self) {
    while (!self.parts_.frames.is_ending()) {
        const bool goes_on = co_await send_more(self);
        if (!goes_on) co_await self.wake_.wait();
    }
}

// Whether there may be something else to do at once.
Task<bool> OutboxPump::send_more(OutboxPump& self) {
    const LinkParts& parts = self.parts_;
    if (self.epoch_ != parts.peering.epoch()) {
        // Another link has found out that this store was put back: everything is numbered anew.
        const PeerResume nothing;
        const Result<void> begun = co_await begin(self, nothing);
        if (!begun) parts.end(LinkEnd::not_stored, begun.error().what);
        co_return begun.has_value();
    }
    if (self.batches_ >= peer_batches_max) co_return false;
    if (self.next_.empty()) {
        const bool goes_on = co_await read_more(self);
        if (self.next_.empty()) co_return goes_on;
    }
    if (!self.may_send()) co_return false;
    self.send(std::exchange(self.next_, {}));
    co_return true;
}

// Whether there may be something else to do at once; what there is to send is in next_ then. A few items at a time:
// others get their turn in between.
Task<bool> OutboxPump::read_more(OutboxPump& self) {
    const LinkParts& parts = self.parts_;
    if (!std::exchange(self.is_behind_, false)) co_return false;
    const std::int64_t epoch = self.epoch_;
    std::vector<Peering::Outgoing> frame;
    std::size_t bytes = 0;
    std::size_t wanted = 0;
    std::size_t got = 0;
    do {
        const std::int64_t after = frame.empty() ? self.sent_ : frame.back().number;
        wanted = std::min(items_per_read, parts.options.batch_items_max - frame.size());
        auto items = co_await parts.peering.outbox(parts.server.id, after, wanted, parts.options.batch_bytes_max);
        if (parts.frames.is_ending()) co_return false;
        if (!items) {
            parts.logger.error("the outbox for {} cannot be read: {}", parts.server.label, items.error().what);
            parts.end(LinkEnd::not_stored, std::string(words_for(LinkEnd::not_stored)));
            co_return false;
        }
        if (parts.peering.epoch() != epoch) co_return true;
        got = 0;
        for (Peering::Outgoing& item : *items) {
            bytes += item.bytes.size();
            if (!frame.empty() && bytes > parts.options.batch_bytes_max) break;
            frame.push_back(std::move(item));
            ++got;
        }
    } while (got == wanted && frame.size() < parts.options.batch_items_max);
    if (frame.empty()) co_return self.is_behind_;
    self.is_behind_ = true;
    self.next_ = std::move(frame);
    co_return true;
}

// Otherwise run() is woken when it is time.
bool OutboxPump::may_send() {
    if (batches_ == 0) return true;
    const MonotonicTime due = sent_at_ + parts_.options.batch_pause;
    if (parts_.executor.clock().monotonic_now() >= due) return true;
    pause_.start(due, [this] { wake_.wake(); });
    return false;
}

void OutboxPump::send(std::vector<Peering::Outgoing> items) {
    PeerItems frame{epoch_, first_, sent_ + 1, {}, {}};
    for (Peering::Outgoing& item : items) {
        // The next frame begins where this one ends.
        if (item.number != sent_ + 1) break;
        std::optional<ChatError> refused;
        if (item.bytes.size() > peer_batch_bytes_max) {
            // No frame carries it: it is given up, and the place is kept.
            refused = ChatError::bad_argument;
            item.bytes = encode(PeerItem(NoItem{item.id}));
        }
        under_way_.push_back({item.number, item.id, refused});
        sent_ = item.number;
        frame.items.push_back(std::move(item.bytes));
    }
    if (frame.items.empty()) {
        parts_.logger.error("the outbox for {} has a gap behind {}", parts_.server.label, sent_);
        return parts_.end(LinkEnd::not_stored, std::string(words_for(LinkEnd::not_stored)));
    }
    under_way_.back().ends_batch = true;
    ++batches_;
    sent_at_ = parts_.executor.clock().monotonic_now();
    frame.signature = parts_.key.sign(items_text(*parts_.server.key, frame));
    parts_.frames.send(frame);
}

std::optional<LinkEnd> OutboxPump::acknowledged(const PeerAcknowledgement& acknowledgement) {
    // Of an epoch that has ended meanwhile.
    if (acknowledgement.epoch < epoch_) return std::nullopt;
    if (acknowledgement.epoch > epoch_ || acknowledgement.number > sent_) return LinkEnd::order;
    std::vector<Peering::Verdict> verdicts;
    auto refusal = acknowledgement.refused.begin();
    while (!under_way_.empty() && under_way_.front().number <= acknowledgement.number) {
        const Sent& item = under_way_.front();
        std::optional<ChatError> refused = item.refused;
        if (refusal != acknowledgement.refused.end() && refusal->number == item.number) {
            refused = parse_chat_error(refusal->why).value_or(ChatError::unavailable);
            ++refusal;
        }
        verdicts.push_back({item.id, refused});
        if (item.ends_batch) --batches_;
        under_way_.pop_front();
    }
    // Each must have been among them, in their order.
    if (refusal != acknowledgement.refused.end()) return LinkEnd::order;
    if (acknowledgement.number > acknowledged_) {
        acknowledged_ = acknowledgement.number;
        parts_.peering.acknowledged(parts_.server.id, {epoch_, acknowledged_}, std::move(verdicts));
    }
    wake_.wake();
    return std::nullopt;
}

}  // namespace obrol
