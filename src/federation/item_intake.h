// Items of the other server on their way into the store: several at once, so that they share commits, acknowledged
// frame by frame once they are committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dialects/peer/frame.h"
#include "federation/link_parts.h"
#include "federation/waiting.h"
#include "io/task.h"

namespace obrol {

class ItemIntake {
  public:
    explicit ItemIntake(const LinkParts& parts) : parts_(parts), handed_over_(parts.executor) {}
    ItemIntake(const ItemIntake&) = delete;
    ItemIntake& operator=(const ItemIntake&) = delete;

    // None: fine.
    std::optional<LinkEnd> take(PeerItems frame);
    // From now on items are carried out; those that have come earlier now.
    void open();
    // Until what has come is on its way into the store, or the link is closed: what is read then is behind it.
    static Task<void> wait_until_handed_over(ItemIntake& self);

  private:
    struct Batch {
        std::int64_t epoch = 0;
        std::int64_t end = 0;  // every item before it was taken; behind the last one, or the first that was not
        std::vector<std::string> items;
        std::size_t waiting = 0;           // parts not committed yet, and the handing over
        std::optional<ChatError> trouble;  // of the item at `end`
        std::vector<PeerAcknowledgement::Refusal> refused;
    };

    void go_on();
    static Task<void> hand_over(ItemIntake& self);
    static Task<void> carry_out(ItemIntake& self, PeerItems frame);
    static Task<void> take_items(ItemIntake& self, Batch& batch, OutboxPlace place, std::int64_t first,
                                 std::span<const std::string> items);
    void acknowledge_ready();

    const LinkParts& parts_;
    bool is_open_ = false;
    std::deque<PeerItems> frames_;  // that nothing is done about yet
    bool is_handing_over_ = false;
    Bell handed_over_;
    std::deque<std::unique_ptr<Batch>> batches_;
};

}  // namespace obrol
