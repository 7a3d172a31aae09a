// The bus tells every interested part that something was committed. Its events are hints: losing one loses a push,
// never a message (DESIGN section 3); clients catch up by seq.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "model/event.h"
#include "model/ids.h"

namespace obrol {

// Who may see an entry, its sender included; each once.
class EntryReaders {
  public:
    // The sides of a direct conversation; the same twice: what somebody notes for himself.
    EntryReaders(UserId one, UserId other) : sides_{one, other}, side_count_(one == other ? 1 : 2) {}
    // The members of a group share one list for as long as nobody comes or goes. Never null.
    explicit EntryReaders(std::shared_ptr<const std::vector<UserId>> members) : members_(std::move(members)) {}

    // What the sender himself wrote does not count as unread in a group.
    bool is_group() const { return members_ != nullptr; }
    // Null: not of a group.
    const std::shared_ptr<const std::vector<UserId>>& members() const { return members_; }
    // Valid as long as this is.
    std::span<const UserId> users() const {
        return members_ ? std::span(*members_) : std::span(sides_).first(side_count_);
    }

  private:
    std::shared_ptr<const std::vector<UserId>> members_;
    std::array<UserId, 2> sides_{};
    std::size_t side_count_ = 0;
};

// "The conversation has an entry more." Where one of its readers listens the entry rides along, so that a local
// subscriber need not fetch it; a bus between processes fetches it from the store before it calls its subscribers.
struct ConversationAdvanced {
    EntryHeader header;                  // of the entry
    std::shared_ptr<const Event> event;  // a MessageEvent or a GroupEvent; null: nobody listens
    EntryReaders readers;
};

class Bus {
  public:
    using Subscriber = std::function<void(const ConversationAdvanced&)>;

    virtual ~Bus() = default;
    // In the order of the commits. On core's thread.
    virtual void publish(ConversationAdvanced advanced) = 0;
    // Subscribers are called on core's thread, in the order of subscription, as long as the bus lives.
    virtual void subscribe(Subscriber subscriber) = 0;
};

}  // namespace obrol
