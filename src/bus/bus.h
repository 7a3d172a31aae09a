// The bus tells every interested part that something was committed. Its events are hints: losing one loses a push,
// never a message (DESIGN section 3); clients catch up by seq.
#pragma once

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "model/event.h"
#include "model/ids.h"

namespace obrol {

// "The conversation has an entry more." The entry rides along, so that a local subscriber need not fetch it; a bus
// between processes fetches it from the store before it calls its subscribers.
struct ConversationAdvanced {
    std::shared_ptr<const Event> event;  // a MessageEvent or a GroupEvent
    UserId from;
    // Who may see it, the sender included; each once. Never null. The members of a group share one list for as long as
    // nobody comes or goes.
    std::shared_ptr<const std::vector<UserId>> readers;
    bool is_group = false;  // what the sender himself wrote does not count as unread there
};

// The entry of either kind of event.
inline const LogEntry& entry_of(const ConversationAdvanced& advanced) {
    if (const auto* message = std::get_if<MessageEvent>(advanced.event.get())) return message->entry;
    return std::get<GroupEvent>(*advanced.event).entry;
}

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
