// Brings committed entries to the connections that listen (DESIGN section 3, step 7).
#pragma once

#include <unordered_map>
#include <vector>

#include "bus/bus.h"
#include "core/audience.h"

namespace obrol {

class Client;

class Fanout {
  public:
    void add(UserId user, Client& client);
    void remove(UserId user, Client& client);

    // Every listening connection of every reader hears of it once; one delivery for each audience.
    void deliver(const ConversationAdvanced& advanced);

  private:
    std::unordered_map<UserId, std::vector<Client*>> listening_;
};

}  // namespace obrol
