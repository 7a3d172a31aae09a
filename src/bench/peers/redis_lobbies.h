// Redis as a messaging server: its publish/subscribe, which keeps nothing, and its streams with blocking readers.
#pragma once

#include "bench/messenger.h"

namespace obrol::bench {

class RedisChannels final : public MessengerLobby {
  public:
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    std::size_t at_once() const override { return 256; }
    bool acknowledges() const override { return true; }
};

class RedisStreams final : public MessengerLobby {
  public:
    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    std::size_t at_once() const override { return 256; }
    bool acknowledges() const override { return true; }
};

}  // namespace obrol::bench
