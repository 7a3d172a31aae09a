// The part of Tables (tables.h) that is about other servers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/group.h"
#include "model/server.h"
#include "storage/peer_changes.h"

namespace obrol {

// How far this server and another one are with each other. All numbers are 0 before the first item.
struct LinkCounters {
    std::int64_t last = 0;  // that was queued for it in the present epoch
    MessageId last_id{};
    std::int64_t acknowledged = 0;
    OutboxPlace received;  // from it
    MessageId received_id{};
};

// What the sender of a queued item was told of it. Stored as numbers: never renumber.
enum class ItemVerdict : std::uint8_t { none = 0, late = 1, failed = 2 };

struct OutboxRow {
    std::int64_t number = 0;
    MessageId id;
    UserId sender;   // none: nobody is told what became of it
    Position entry;  // none: `payload`
    UserId to;       // the receiver of the entry
    std::string payload;
    WallTime at{};
    ItemVerdict verdict = ItemVerdict::none;
    bool is_given_up = false;
    std::optional<ChatError> why = std::nullopt;  // of the verdict
    bool into_folder = false;                     // of an entry: its file is for the receiver's folder
};

inline OutboxFate fate_of(const OutboxRow& row, bool is_acknowledged) {
    OutboxFate fate{is_acknowledged, std::nullopt};
    // One that failed before reasons were kept has none.
    if (row.verdict == ItemVerdict::failed) fate.failed = row.why.value_or(ChatError::unavailable);
    return fate;
}

// Messages that wait for their receiver to accept the sender.
struct RequestRow {
    ConversationId conversation;
    Position first;
    std::size_t messages = 0;
};

// No message id that is made at `at` or later is smaller.
inline MessageId first_id_at(WallTime at) {
    MessageId id;
    auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(at.time_since_epoch().count(), 0));
    for (std::size_t i = 6; i > 0; --i, milliseconds >>= 8)
        id.bytes[i - 1] = static_cast<std::uint8_t>(milliseconds & 0xFF);
    return id;
}

class PeerTables {
  public:
    virtual ~PeerTables() = default;

    virtual bool is_own_key(const PublicKey& key) = 0;
    // Null: there is none. Valid until the next change of a server.
    virtual const Server* server(ServerId server) = 0;
    virtual const Server* server_labelled(std::string_view label_key) = 0;
    virtual const Server* server_with_key(const PublicKey& key) = 0;
    virtual std::vector<ServerId> servers() = 0;
    virtual ServerId insert_server(const Server& server) = 0;  // its id is ignored
    virtual void update_server(const Server& server) = 0;
    virtual void delete_server(ServerId server) = 0;
    // Null: nobody had that key. Valid until the next change of a former key.
    virtual const FormerKey* former_key(const PublicKey& key) = 0;
    virtual void put_former_key(const FormerKey& former) = 0;  // in place of what is known of that key
    virtual void delete_former_key(const PublicKey& key) = 0;
    virtual void move_former_keys(ServerId from, ServerId to) = 0;

    virtual std::int64_t epoch() = 0;
    virtual void set_epoch(std::int64_t epoch) = 0;
    virtual LinkCounters counters(ServerId server) = 0;
    virtual void set_counters(ServerId server, const LinkCounters& counters) = 0;

    virtual void insert_item(ServerId to, const OutboxRow& row) = 0;
    virtual std::optional<OutboxRow> item(ServerId to, const MessageId& id) = 0;
    virtual void set_verdict(ServerId to, std::int64_t number, ItemVerdict verdict, ChatError why,
                             bool is_given_up) = 0;
    // The first ones by number: number and time.
    virtual std::vector<std::pair<std::int64_t, WallTime>> oldest_items(ServerId to, std::size_t items_max) = 0;
    virtual void delete_items(ServerId to, std::int64_t upto) = 0;
    // Those up to `offset` are gone, the others get numbers that are lower by so much.
    virtual void renumber_items(ServerId to, std::int64_t offset) = 0;
    // Into the outbox of another server, with numbers that are higher by so much.
    virtual void move_items(ServerId from, ServerId to, std::int64_t offset) = 0;

    // False: it was noted before.
    virtual bool note_received(ServerId from, const MessageId& item) = 0;
    // At most `items_max` that were made before `before`, by their ids.
    virtual void forget_received(WallTime before, std::size_t items_max) = 0;

    virtual std::optional<RequestRow> request(UserId user, UserId stranger) = 0;
    virtual void put_request(UserId user, UserId stranger, const RequestRow& request) = 0;
    virtual bool delete_request(UserId user, UserId stranger) = 0;  // whether it was there
    virtual void delete_requests_of(UserId user) = 0;

    // Takes no posts and no changes of its members here: it is at home elsewhere, or waits for its recovery.
    virtual bool is_closed(ConversationId group) = 0;
    virtual bool is_recovering(ConversationId group) = 0;
    virtual void set_recovering(ConversationId group, bool recovering) = 0;
    virtual std::vector<ConversationId> recovering_groups() = 0;
    // At home here, with somebody of another server who is or was a member.
    virtual std::vector<ConversationId> shared_groups() = 0;
    virtual std::size_t replica_count(ServerId home) = 0;
    // Its home and card are others from now on.
    virtual void adopt_group(const Group& group) = 0;
    virtual void put_group_origin(ConversationId group, const GroupOrigin& origin) = 0;
    virtual void insert_signature(ConversationId group, Seq seq, const EntrySignature& signature) = 0;
    // Each name for which kept signatures of the group's entries were made, with the last entry of it.
    virtual std::vector<GroupOrigin> signed_names(ConversationId group) = 0;

    // By whom the user is invited; none: by nobody.
    virtual std::optional<UserId> invited_by(ConversationId group, UserId user) = 0;
    // In place of an earlier one.
    virtual void put_group_invitation(ConversationId group, UserId user, UserId by, const MessageId& item) = 0;
    virtual void delete_group_invitation(ConversationId group, UserId user) = 0;
    virtual void delete_group_invitation(const MessageId& item) = 0;  // if there is one
};

}  // namespace obrol
