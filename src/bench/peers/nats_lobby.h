// NATS as its clients speak it (docs.nats.io/reference/reference-protocols/nats-protocol): publish and subscribe,
// nothing is kept.
#pragma once

#include "bench/messenger.h"

namespace obrol::bench {

class NatsLobby final : public MessengerLobby {
  public:
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    std::size_t at_once() const override { return 256; }
};

}  // namespace obrol::bench
