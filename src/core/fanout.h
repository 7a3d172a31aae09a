// Brings committed entries to the connections that listen (DESIGN section 3, step 7).
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/lru_cache.h"
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
    void deliver(const std::shared_ptr<const Event>& event, std::span<const UserId> users, const Client* but);
    // To the listening connections that logged in with this session, which has ended.
    void deliver_end(const std::shared_ptr<const Event>& event, const LiveSession& session);

  private:
    // Listeners of one audience.
    struct Gathered {
        Audience* audience;
        std::vector<ListenerId> listeners;
    };
    struct Delivery {
        Audience* audience;
        Listeners listeners;
    };
    using Deliveries = std::vector<Delivery>;
    using Readers = std::shared_ptr<const std::vector<UserId>>;
    struct Room {
        Readers readers;  // held, so that no other list gets their address
        std::shared_ptr<const Deliveries> deliveries;
    };

    // In the order of the audiences, in place of what `gathered` holds.
    template <class Wanted>
    void gather(std::vector<Gathered>& gathered, std::span<const UserId> users, Wanted wanted) const;
    template <class Wanted>
    void deliver_to(const std::shared_ptr<const Event>& event, std::span<const UserId> users, Wanted wanted);
    std::shared_ptr<const Deliveries> deliveries_to_room(const Readers& readers);
    bool wants_no_own_messages(UserId user) const;

    std::unordered_map<UserId, std::vector<Client*>> listening_;
    std::vector<Gathered> scratch_;
    // Who listens among the members of the groups that were written to last. Forgotten whenever somebody begins or
    // ceases to listen: then a post costs a look for each member, as if nothing had been kept.
    static constexpr std::size_t rooms_max = 1000;
    LruCache<const std::vector<UserId>*, Room> rooms_{rooms_max};
};

}  // namespace obrol
