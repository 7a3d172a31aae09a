// What federation/ may ask of core: everything that another server says comes in here, and everything that is for it
// goes out here. Core gives it its meaning (users, conversations, groups, files); federation/ moves it.
//
// On core's thread. "Unavailable" errors are the store's own trouble, in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/links.h"
#include "core/transfer.h"
#include "io/task.h"
#include "model/chat_error.h"
#include "model/peer_item.h"
#include "model/server.h"
#include "storage/peer_changes.h"
#include "storage/store.h"

namespace obrol {

inline constexpr std::size_t peering_statements_max = 256;

class Peering {
  public:
    virtual ~Peering() = default;

    // Servers. Their states, keys and addresses are cached: asking costs nothing.
    virtual std::vector<Server> servers() const = 0;
    virtual std::optional<Server> server(ServerId id) const = 0;
    virtual std::optional<Server> server_with_key(const PublicKey& key) const = 0;
    // A link proved that key and claimed that label. `dialled` (none: it dialled us): who should have answered.
    // server_differs, server_blocked, server_taken (the label is pinned to another key, and it dialled us),
    // server_unreachable (it dialled us, is unknown, and peers.accept is `listed`), too_many_servers.
    virtual Task<std::expected<Server, ChatError>> met(PublicKey key, std::string label, ServerId dialled) = 0;
    // It had another key before, as it stated under that one (the signature was verified): known by it here, or not.
    // server_differs: neither key is, or was, its own.
    virtual Task<std::expected<void, ChatError>> rotated(ServerId server, KeyStatement statement) = 0;
    // Whether it is kept already.
    virtual bool knows(const KeyStatement& statement) const = 0;
    // Statements of third servers, verified, oldest first, that belong to entries which come next: kept as far as they
    // are about servers that are known, or named by those entries.
    virtual Task<void> told_keys(std::vector<KeyStatement> statements) = 0;
    // Those of the servers whose users' entries are in the group's log, other than `reader` and this one; oldest first,
    // at most peering_statements_max.
    virtual Task<std::vector<KeyStatement>> statements_for(ServerId reader, GlobalGroup group) = 0;
    // This server has another key from now on (core reads it where it always did), and had these before, oldest first.
    virtual void own_key_changed(std::vector<PublicKey> former) = 0;
    // The server, which tells that it is there, answered there with its key: it can be dialled from now on. bad_server
    // (such an address is not allowed), server_taken (another one has it, or somebody here said where this one is).
    virtual Task<std::expected<void, ChatError>> reachable_at(ServerId server, std::string host,
                                                              std::uint16_t port) = 0;
    // The link is up (down) now, for whoever is to hear of it.
    virtual void link_changed(ServerId server, LinkState state) = 0;

    // The outbox.
    virtual std::int64_t epoch() const = 0;
    virtual Task<Result<LinkProgress>> progress(ServerId server) = 0;
    virtual Task<Result<std::optional<std::int64_t>>> oldest(ServerId server) = 0;
    struct Outgoing {
        std::int64_t number = 0;
        MessageId id;
        std::string bytes;  // encode(PeerItem)
    };
    // Those beyond `after`, ascending, within the limits (one at least).
    virtual Task<Result<std::vector<Outgoing>>> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                                       std::size_t bytes_max) = 0;
    // The other server has committed everything up to there, and of that link has refused these; whoever waits for a
    // verdict gets it.
    struct Verdict {
        MessageId id;
        std::optional<ChatError> refused;
    };
    virtual void acknowledged(ServerId server, OutboxPlace upto, std::vector<Verdict> verdicts) = 0;
    // The other server has received what this one does not remember to have sent: its store was put back.
    virtual Task<Result<void>> begin_epoch() = 0;
    // Begins and ends the periodic work: late and expired items, pruning. Others call it nowhere else.
    virtual void start() = 0;
    virtual Task<void> stop() = 0;

    struct Taken {
        std::size_t count = 0;             // of the items, from the first on
        std::optional<ChatError> trouble;  // why the next one was not (busy: not its place, or the server stops)
        struct Refusal {
            std::size_t index = 0;
            ChatError why{};
        };
        std::vector<Refusal> refused;  // of those that were taken; ascending
    };
    // The next items from that server, the first of them at `place`; their frame's signature was verified. Calls are
    // carried out in their order; ends when the items are committed, and they must live so long. `first` as in Receive.
    virtual Task<Taken> receive(ServerId from, OutboxPlace place, std::int64_t first,
                                std::span<const std::string> items) = 0;

    // Groups. Heads are exchanged when a link comes up, and when they change.
    struct GroupHead {
        std::string group;  // its id at its home
        std::string name;
        Seq last;
        MessageId last_id;
        std::vector<GroupOrigin> origins;  // of an adopted group: what it was before
    };
    // Of groups at home here that users of that server are or were members of; of groups at home there.
    virtual Task<Result<std::vector<GroupHead>>> heads_for(ServerId server) = 0;
    virtual Task<Result<std::vector<GroupHead>>> heads_of_replicas(ServerId home) = 0;
    virtual Task<Result<std::vector<ServerId>>> servers_of(ConversationId group) = 0;
    virtual Task<Result<GroupHead>> head(ConversationId group) = 0;
    // What is to be fetched from the server that sent this head: none, or entries after that seq. Makes the replica:
    // server_differs when its origins cannot be (the home of one of them is this server, or has a link to it).
    // Of a group at home here: entries that a restore has lost; home_recovering: a new epoch has to be begun before.
    virtual Task<std::expected<std::optional<Seq>, ChatError>> wanted(ServerId from, bool at_home_there,
                                                                      GroupHead head) = 0;
    // Ascending, without gaps, within `bytes_max` (one at least). not_found, not_allowed (no user of that server ever
    // was a member).
    struct Entries {
        std::vector<std::string> entries;  // encode(GroupEntry)
        bool more = false;
    };
    virtual Task<std::expected<Entries, ChatError>> entries(ServerId reader, GlobalGroup group, Seq after,
                                                            std::size_t entries_max, std::size_t bytes_max) = 0;
    // From the home, or for the home's recovery from another server of the group; verified here. The last seq there is
    // now; busy (a gap: fetch), server_differs (parted logs), bad_argument (a wrong signature, or no entry at all).
    virtual Task<std::expected<Seq, ChatError>> apply(ServerId from, GlobalGroup group,
                                                      std::vector<std::string> entries) = 0;
    // All servers of the group that can be reached were asked: it takes posts again.
    virtual Task<void> recovered(GlobalGroup group, ServerId from) = 0;

    // A blob for another server: only of files that its users may see. not_found, busy.
    virtual Task<std::expected<std::unique_ptr<Download>, ChatError>> blob_for(ServerId server, BlobDigest blob,
                                                                               std::uint64_t offset) = 0;

    // Who of these users here is online, as far as that is the business of the viewer, a user of that server
    // (docs/protocol/federation.md: Presence).
    virtual Task<std::vector<std::string>> online_among(ServerId asking, std::string viewer,
                                                        std::vector<std::string> names) = 0;
};

}  // namespace obrol
