// The bus of a single process: subscribers hear of an event inside publish().
#pragma once

#include "bus/bus.h"

namespace obrol {

class LocalBus final : public Bus {
  public:
    void publish(ConversationAdvanced advanced) override;
    void subscribe(Subscriber subscriber) override;

  private:
    std::vector<Subscriber> subscribers_;
};

}  // namespace obrol
