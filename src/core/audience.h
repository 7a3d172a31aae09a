// Where core hands live events to: connections of one thread whose events are rendered alike (DESIGN section 3, step
// 7).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/event.h"

namespace obrol {

// Names a connection within its audience; chosen by the server.
using ListenerId = std::uint64_t;

// Who of an audience hears of an event, each once. The posts of a group come with the same list for as long as nobody
// begins or ceases to listen, so that what they bring can be gathered.
using Listeners = std::shared_ptr<const std::vector<ListenerId>>;

// Implemented by server/: one for each (thread, dialect, encoder variant).
class Audience {
  public:
    virtual ~Audience() = default;
    // Called on core's thread after the commit. Renders once and queues the bytes for each listener; listeners that are
    // gone are skipped.
    virtual void deliver(const std::shared_ptr<const Event>& event, const Listeners& listeners) = 0;
    // The same for listeners that nobody expects to hear of the next event together.
    virtual void deliver(const std::shared_ptr<const Event>& event, std::span<const ListenerId> listeners) = 0;
    // Whether its listeners hear of the messages that their own users wrote.
    virtual bool hears_own_messages() const { return true; }
    // Orders audiences, so that deliveries do not depend on addresses.
    virtual std::uint32_t order() const = 0;
};

}  // namespace obrol
