// What is queued for the other server, on its way: gathered into frames, a few of them under way, until they are
// acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "dialects/peer/frame.h"
#include "federation/link_parts.h"
#include "federation/waiting.h"
#include "io/task.h"
#include "io/timer.h"

namespace obrol {

class OutboxPump {
  public:
    explicit OutboxPump(const LinkParts& parts) : parts_(parts), wake_(parts.executor), pause_(parts.executor) {}
    OutboxPump(const OutboxPump&) = delete;
    OutboxPump& operator=(const OutboxPump&) = delete;

    // Compares what the other side has received with what was queued here, and begins behind it. A link whose two ends
    // do not fit (LinkEnd::epoch) says: the store of one of them was put back. Errors of the store end as not_stored.
    static Task<std::optional<LinkEnd>> resume(OutboxPump& self, PeerResume received);

    // Sends until the link is closed. Must have ended before the pump is destroyed.
    static Task<void> run(OutboxPump& self);
    // There is more, or the link is closed.
    void wake() {
        is_behind_ = true;
        wake_.wake();
    }
    // None: fine.
    std::optional<LinkEnd> acknowledged(const PeerAcknowledgement& acknowledgement);

  private:
    struct Sent {
        std::int64_t number = 0;
        MessageId id;
        std::optional<ChatError> refused;  // here, before it was sent
        bool ends_batch = false;
    };

    enum class Fit { fits, was_put_back };
    static Task<std::expected<Fit, Error>> compare(OutboxPump& self, const PeerResume& received);
    static Task<Result<void>> begin(OutboxPump& self, const PeerResume& received);
    static Task<bool> send_more(OutboxPump& self);
    static Task<bool> read_more(OutboxPump& self);
    bool may_send();
    void send(std::vector<Peering::Outgoing> items);

    const LinkParts& parts_;
    WakeUp wake_;
    Timer pause_;
    MonotonicTime sent_at_{};              // the latest frame
    std::vector<Peering::Outgoing> next_;  // frame: read while others are under way
    bool is_behind_ = true;                // perhaps there are items beyond sent_
    std::int64_t epoch_ = 0;               // of all numbers here
    std::int64_t first_ = 1;               // of the epoch
    std::int64_t sent_ = 0;                // the last one
    std::int64_t acknowledged_ = 0;
    std::size_t batches_ = 0;  // under way
    std::deque<Sent> under_way_;
};

}  // namespace obrol
