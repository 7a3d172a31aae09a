// Changes about other servers (see change.h). What is for another server is queued in its outbox by the very
// transaction that stores it; what comes from one is taken in order, once, by the very transaction that carries it out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/boxed.h"
#include "model/chat_error.h"
#include "model/command.h"
#include "model/entry.h"
#include "model/group.h"
#include "model/peer_item.h"
#include "model/server.h"
#include "storage/signatures.h"

namespace obrol {

// Place in what one server has for another. The epoch is the sending server's and grows when its store was put back to
// an earlier state; within an epoch numbers go 1, 2, 3 …
struct OutboxPlace {
    std::int64_t epoch = 0;
    std::int64_t number = 0;  // 0: before the first

    friend auto operator<=>(const OutboxPlace&, const OutboxPlace&) = default;
};

// server_taken (its label, unless nobody here has said where it is: it dialled, or was forgotten), too_many_servers.
struct AddKnownServer {
    std::string label;  // checked by the caller
    std::string host;
    std::uint16_t port = 0;
    std::size_t servers_max = 0;  // that were added; 0: any number
};
struct ServerAdded {
    Boxed<Server> server;  // always there
};

// A server with that key was met, or heard of: the one that has it, or that had it when it was forgotten, or a new one.
// Whoever has a key that a server has replaced is not that server: server_differs. `expected` (none: nobody special) is
// the one that was dialled: it is pinned to the key if it has none; server_differs if it has another. A new one gets
// the label, or that with "~" and the beginning of its key where somebody else has it. Where a server without a key has
// the label, and was not dialled, that one keeps it; when it is dialled later, the one that was met takes its label,
// address, state, users and queue over, and it is gone. own_server, not_found (`expected`), too_many_servers. The
// answer is ServerAdded.
struct MeetServer {
    PublicKey key{};
    std::string label;
    ServerId expected;
    WallTime at{};
    ServerId named_by;          // it was heard of; none: it was met, and is not known by anybody's word alone any more
    std::size_t named_max = 0;  // that are known by the word of that one; 0: any number
};

// not_found.
struct SetServerState {
    ServerId server;
    ServerState state = ServerState::known;
};
// Another server that has told that it is there is there no more. not_found (or, where it tells so itself, forgotten),
// server_taken (another one was added with that address; or somebody here has said that this one is elsewhere, and it
// tells so itself).
struct SetServerAddress {
    ServerId server;
    std::string host;
    std::uint16_t port = 0;
    bool is_told = false;  // Server::is_address_told
};
// The server goes on under another key, as it has stated itself; or did so before, and the statement is kept. Whoever
// was known under the other one of the two keys is the same server: its users and its queue go over, and it is gone.
// not_found, server_differs (neither is its key, nor was), server_taken (`new_key` is this server's). The answer is
// Done.
struct RotateServerKey {
    ServerId server;
    Boxed<KeyStatement> statement;  // always there
};
// Its address and state are forgotten; its label and its users stay for the sake of the logs, its key and how far the
// two are with each other for the day on which it comes back. What is queued for it was given up before. not_found.
struct ForgetServer {
    ServerId server;
};

// The user of that name on that server, made if need be; shown like that from now on (empty: not changed, or the name).
// The word of his own server holds, also for how his name is spelled; that of others only until it has said something.
// not_found (no such server), too_many_accounts. The answer is UserCreated.
struct MeetUser {
    ServerId server;
    std::string name;  // checked by the caller
    std::string display_name;
    std::string country;
    WallTime at{};
    // That are known by the word of `by`, or of that server where somebody here wrote to them and nobody else has said
    // anything of them. 0: any number.
    std::size_t users_max = 0;
    ServerId by;  // who says so; none: somebody here
};

// Something for another server that is no entry of a log here. account_disabled (`sender`), unknown_server,
// server_not_connected, queue_full, key_conflict, key_expired. The answer is ItemQueued.
struct QueueItem {
    ServerId to;
    UserId sender;  // whom a refusal concerns; none: nobody
    MessageId id;
    std::string payload;  // encode(PeerItem)
    WallTime at{};
    std::size_t queue_max = 0;  // 0: no limit
    Boxed<IdempotencyKey> key = std::nullopt;
    // blocked: not if the owner has shut the other one out.
    struct Blocked {
        UserId owner;
        UserId other;
    };
    std::optional<Blocked> unless_blocked = std::nullopt;
    std::string key_content = {};  // what a retry under the key must have in common with the request
};
struct ItemQueued {
    MessageId id;  // of the first attempt, where this is a retry
    bool repeated = false;
};

// Everything up to there has been committed by the other server. Kept for a while nevertheless. Exempt from the promise
// of durability. not_found.
struct AcknowledgeOutbox {
    ServerId server;
    OutboxPlace upto;
};

// What became of something that was queued for another server.
struct OutboxFate {
    bool is_acknowledged = false;
    std::optional<ChatError> failed;  // why it will not be done, as its sender was told

    friend bool operator==(const OutboxFate&, const OutboxFate&) = default;
};

// An item that was queued will not be done, or is late: a BounceNote is written for its sender, once for each verdict:
// in the conversation of a direct post, else in his notes to himself. not_found (nothing of that id was queued for that
// server, or nobody sent it, or that was told before, or it is no longer late). An invitation into a group is void
// then.
struct BounceItem {
    ServerId server;
    MessageId item;
    bool is_final = true;  // then it is given up: it is not asked for again
    ChatError why = ChatError::unknown_recipient;
    MessageId id;  // of the entry
    WallTime at{};
};
struct Bounced {
    Boxed<LogEntry> entry;  // always there
    UserId sender;
    UserId to;            // of a direct post
    std::string payload;  // of another item: as it was queued
};

// Acknowledged items that are older go. At most `items_max`; the answer is Pruned.
struct PruneOutbox {
    WallTime before{};
    std::size_t items_max = 1000;
};
struct Pruned {
    std::size_t items = 0;
};

// The store was put back to an earlier state: what is kept is queued anew under the next epoch, acknowledged or not,
// and the groups at home here that others share do not take posts until they are recovered. The answer is Done.
struct BeginEpoch {};

struct ReceivedChange;  // storage/change.h
struct ReceivedDone;

// Carries out `change` for an item of another server, in its order and once.
//
// Refused with busy when `place` is not the next one (after the last of its epoch; the first of a later epoch is
// `first`), with queue_full when so much waits for that server that no refusal could be queued (but for an ItemRefused,
// which is not refused): nothing changes. The item is a duplicate when its place lies behind, or when an item of its id
// from that server was carried out before: then nothing but the place changes. What `change` refuses is refused to the
// other server by an ItemRefused in its outbox (but for an ItemRefused), whose id is `refusal_id`; the place moves on.
struct Receive {
    ServerId from;
    OutboxPlace place;
    std::int64_t first = 1;
    MessageId item;
    // None: nothing but the refusal `why`, or for an ItemRefused the note that it was seen.
    std::shared_ptr<const ReceivedChange> change;
    std::optional<ChatError> why;
    MessageId refusal_id;
    WallTime at{};
    std::size_t queue_max = 0;  // 0: any number
};
struct Received {
    bool is_duplicate = false;
    std::optional<ChatError> refused;          // what the other server is told
    std::shared_ptr<const ReceivedDone> done;  // null: nothing was carried out
};

// A group at home on another server, as its home's log tells. unknown_server, group_taken (another home's), busy (no
// code of `codes` is free). The existing one, if there is one. The answer is GroupChanged.
struct ReplicateGroup {
    ServerId home;
    GroupCard card;                  // "lab@B"
    std::vector<std::string> codes;  // one of them becomes the handle for members here
    WallTime at{};
    std::size_t groups_max = 0;        // of that home, 0: any number; too_many_groups
    std::vector<GroupOrigin> origins;  // what it was before, as its home says
};

// Entries of such a group's log, or of a group at home here that is recovered: without a gap, from the one after the
// last on; earlier ones are passed over. busy (a gap), server_differs (an entry here has another id: the logs have
// parted), not_found. Member notes change who belongs to it; a file comes into the folder of every member of then but
// its sender that can take it. The answer is GroupChanged.
struct AppendReplica {
    struct Entry {
        EntryHeader header;  // conversation and position are ignored
        std::string body;    // a member note: as encode(MemberNote) has it, people named as here
        bool erased = false;
        std::vector<UserId> who;  // of a member note
        std::optional<EntrySignature> signature;
        UserId file_to = {};
    };
    ConversationId group;
    std::vector<Entry> entries;
    // 0: no limit. Of one folder, and of a file in it: a larger one comes into none.
    std::size_t folder_files_max = 0;
    std::uint64_t file_bytes_max = 0;
};

// A user of another server is asked whether he comes into a group at home here: the invitation is queued for his
// server. As AddMembers for one, and server_not_connected, queue_full; done again: the same. The answer is ItemQueued.
struct InviteRemote {
    UserId by;
    ConversationId group;
    UserId who;
    MessageId id;
    std::string payload;
    WallTime at{};
    std::size_t queue_max = 0;
};
// He comes: as AddMembers by the one who invited him; nothing is changed for a member. not_allowed also when nobody has
// invited him. The answer is GroupChanged.
struct AcceptInvitation {
    UserId who;
    ConversationId group;
    MessageId id;
    WallTime at{};
    std::size_t members_max = 0;
};

// The groups at home here take posts again.
struct EndRecovery {
    ConversationId group;  // none: all
};

// Another server's group is at home here from now on (its home is gone for good); what it was called is kept as its
// origin, with every other name that an entry of it was signed for. not_found, group_taken, busy (no code of `codes` is
// free). The answer is GroupChanged.
struct AdoptGroup {
    ConversationId group;
    GroupCard card;
    std::vector<std::string> codes;
    GlobalGroup former;  // a home of zeros: it was never met
};

// The stranger's messages are for the inbox from now on. not_found.
struct AcceptStranger {
    UserId user;
    UserId stranger;
};

}  // namespace obrol
