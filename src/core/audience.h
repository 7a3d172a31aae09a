// Where core hands live events to: connections of one thread whose events are rendered alike (DESIGN section 3, step
// 7).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "model/event.h"

namespace obrol {

// Names a connection within its audience; chosen by the server.
using ListenerId = std::uint64_t;

// Implemented by server/: one for each (thread, dialect, encoder variant).
class Audience {
  public:
    virtual ~Audience() = default;
    // Called on core's thread after the commit. Renders once and queues the bytes for each listener; listeners that are
    // gone are skipped.
    virtual void deliver(std::shared_ptr<const Event> event, std::span<const ListenerId> listeners) = 0;
    // Whether its listeners hear of the messages that their own users wrote.
    virtual bool hears_own_messages() const { return true; }
    // Orders audiences, so that deliveries do not depend on addresses.
    virtual std::uint32_t order() const = 0;
};

}  // namespace obrol
