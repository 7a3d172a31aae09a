// Items of the other server on their way into the store: several at once, so that they share commits, acknowledged
// frame by frame once they are committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "dialects/peer/frame.h"
#include "federation/link_parts.h"
#include "io/task.h"

namespace obrol {

class ItemIntake {
  public:
    explicit ItemIntake(const LinkParts& parts) : parts_(parts) {}
    ItemIntake(const ItemIntake&) = delete;
    ItemIntake& operator=(const ItemIntake&) = delete;

    // None: fine.
    std::optional<LinkEnd> take(PeerItems frame);

  private:
    struct Batch {
        std::int64_t epoch = 0;
        std::int64_t last = 0;    // so far every item up to there was taken
        std::size_t waiting = 0;  // for their commit
        bool is_broken = false;   // one was not taken, and so none behind it
        ChatError trouble = ChatError::busy;
        std::vector<PeerAcknowledgement::Refusal> refused;
    };

    static Task<void> take_item(ItemIntake& self, Batch& batch, OutboxPlace place, std::int64_t first,
                                std::string bytes);
    void acknowledge_ready();

    const LinkParts& parts_;
    std::deque<std::unique_ptr<Batch>> batches_;
};

}  // namespace obrol
