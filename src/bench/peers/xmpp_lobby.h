// XMPP as its clients speak it (RFC 6120, 6121; XEP-0045 for the room), without encryption, every connection an
// anonymous user whose address the server chooses; nothing is kept.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/messenger.h"

namespace obrol::bench {

class XmppLobby final : public MessengerLobby {
  public:
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    std::size_t at_once() const override { return 100; }

  private:
    std::vector<std::string> addresses_;  // by user, as the server bound them last
};

}  // namespace obrol::bench
