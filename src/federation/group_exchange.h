// Logs of groups between the two servers: how far they go, what comes new, and what one of them lacks.
//
// The home pushes what is new; whoever is behind fetches. Both end in Peering::apply, one call at a time for each
// group: what comes meanwhile gathers for the next.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dialects/peer/frame.h"
#include "federation/key_passing.h"
#include "federation/link_parts.h"
#include "federation/questions.h"
#include "federation/waiting.h"
#include "io/paced_log.h"
#include "io/task.h"

namespace obrol {

class GroupExchange {
  public:
    // `on_copies` is called once, when the other server has told of all its copies of groups at home here, and what
    // they have more than this store was fetched: an item that was done before a restore may be among it, and must not
    // come before.
    GroupExchange(const LinkParts& parts, Questions& questions, KeyPassing& keys, std::function<void()> on_copies);
    GroupExchange(const GroupExchange&) = delete;
    GroupExchange& operator=(const GroupExchange&) = delete;

    // Tells all heads, then pushes what is new until the link ends. Must have ended before this is destroyed.
    static Task<void> run(GroupExchange& self);
    // A group at home here that the other server shares goes on.
    void advanced(Peering::GroupHead head);
    void end();

    void take(PeerHeads frame);
    void take(PeerPush frame);
    // Ends when no more groups wait to be looked at than may.
    static Task<void> wait_for_room(GroupExchange& self);

  private:
    // A group, and whether its home is the other server; else it is at home here, and the other server has a copy.
    using Key = std::pair<bool, std::string>;
    struct Catching {
        Peering::GroupHead head;
        bool must_look = false;  // whether there is something to be fetched
        std::vector<std::string> entries;
        std::size_t entries_bytes = 0;
    };

    GlobalGroup group_of(const Key& key) const;
    static Task<void> tell_heads(GroupExchange& self);
    void send_heads(bool at_home_here, const std::vector<Peering::GroupHead>& heads);
    static Task<void> push(GroupExchange& self, Peering::GroupHead head);
    void look_at(const Key& key, const PeerHead& head, std::vector<std::string> entries);
    static Task<void> catch_up(GroupExchange& self, Key key);
    static Task<bool> apply(GroupExchange& self, const Key& key, Catching& state);
    static Task<bool> fetch(GroupExchange& self, const Key& key, Catching& state);
    static Task<bool> fetch_from(GroupExchange& self, const Key& key, Seq after);
    static Task<void> report_recovery(GroupExchange& self);
    bool has_copies_to_look_at() const;
    static Task<std::expected<std::optional<Seq>, ChatError>> wanted(GroupExchange& self, const Key& key,
                                                                     const Peering::GroupHead& head);
    void note_trouble(const Key& key, std::string_view what);

    const LinkParts& parts_;
    Questions& questions_;
    KeyPassing& keys_;
    std::function<void()> on_copies_;
    WakeUp push_;
    std::map<std::string, Peering::GroupHead> behind_;  // to be pushed, by the group's id
    std::map<std::string, Seq> told_;                   // so far the other server knows the logs
    std::map<Key, Catching> catching_;                  // each has a coroutine
    bool has_told_copies_ = false;                      // the other server, all of them
    std::set<std::string> missed_;                      // copies of which not everything could be fetched
    std::size_t fetching_ = 0;
    Bell settled_;  // a group was looked at
    std::string trouble_;
    PacedLog trouble_log_;
};

}  // namespace obrol
