// Where the connections of other servers go that come to a listener of chat.
#pragma once

#include <memory>

#include "io/secure_channel.h"

namespace obrol {

class LinkAcceptor {
  public:
    virtual ~LinkAcceptor() = default;
    // On core's thread, to which `stream` belongs; its handshake is done and agreed on `peer_alpn`. It has a place
    // among limits.links_max until it is destroyed.
    virtual void accept(std::unique_ptr<SecureStream> stream) = 0;
};

}  // namespace obrol
