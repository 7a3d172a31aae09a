// Internet Relay Chat as its clients speak it (RFC 2812): a channel, or messages from nick to nick; nothing is kept.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/messenger.h"

namespace obrol::bench {

class IrcLobby final : public MessengerLobby {
  public:
    explicit IrcLobby(std::size_t at_once) : at_once_(at_once) {}

    std::unique_ptr<Messenger> seat(const Seat& seat) override;
    std::size_t at_once() const override { return at_once_; }

  private:
    std::size_t at_once_;
    std::vector<std::size_t> visits_;  // by user: a nick may still be taken by the connection that was just cut
};

}  // namespace obrol::bench
