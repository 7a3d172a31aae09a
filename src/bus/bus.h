// The bus tells every interested part that something was committed. Its events are hints: losing one loses a push,
// never a message (DESIGN section 3); clients catch up by seq.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/event.h"
#include "model/ids.h"

namespace obrol {

// "The conversation has an entry more." The entry rides along, so that a local subscriber need not fetch it; a bus
// between processes fetches it from the store before it calls its subscribers.
struct ConversationAdvanced {
    std::shared_ptr<const Event> event;  // a MessageEvent
    UserId from;
    std::vector<UserId> readers;  // who may see it, the sender included; each once
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
