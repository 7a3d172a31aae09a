// Brings committed entries to the connections that listen (DESIGN section 3, step 7).
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "bus/bus.h"
#include "core/audience.h"

namespace obrol {

class Client;
class LiveSession;

class Fanout {
  public:
    void add(UserId user, Client& client);
    void remove(UserId user, Client& client);

    bool is_anybody_listening() const { return !listening_.empty(); }
    bool is_listening(UserId user) const { return listening_.contains(user); }
    // By id.
    std::vector<UserId> listening() const;

    // Every listening connection of every reader hears of it once, but for the sender's where their audience does not
    // want that; one delivery for each audience.
    void deliver(const ConversationAdvanced& advanced);
    // The same for all connections of these users but one (null: none).
    void deliver(std::shared_ptr<const Event> event, std::span<const UserId> users, const Client* but);
    // To the listening connections that logged in with this session, which has ended.
    void deliver_end(std::shared_ptr<const Event> event, const LiveSession& session);

  private:
    template <class Wanted>
    void deliver_where(const std::shared_ptr<const Event>& event, std::span<const UserId> users, Wanted wanted);

    std::unordered_map<UserId, std::vector<Client*>> listening_;
};

}  // namespace obrol
