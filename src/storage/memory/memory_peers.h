// The part of MemoryTables that is about other servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/peer_tables.h"
#include "storage/store.h"

namespace obrol {

class MemoryTables;

class MemoryPeers final : public PeerTables {
  public:
    // `tables` must outlive it, and asks and undoes its writes.
    explicit MemoryPeers(MemoryTables& tables) : tables_(tables) {}

    // Not part of any transaction.
    void set_own_key(const PublicKey& key) { own_key_ = key; }

    // What is asked outside of transactions; see Store.
    std::vector<Server> all_servers() const;
    std::vector<FormerKey> former_keys() const;
    std::vector<std::pair<ConversationId, GroupOrigin>> group_origins() const;
    std::vector<LinkProgress> link_progress() const;
    std::optional<LinkProgress> link_progress(ServerId server) const;
    std::vector<OutboxItem> outbox(ServerId server, std::int64_t after, std::size_t items_max,
                                   std::size_t bytes_max) const;
    std::vector<OutboxItem> late_items(ServerId server, WallTime before, bool is_final, std::size_t items_max) const;
    std::optional<OutboxFate> fate(ServerId server, const MessageId& item);
    std::vector<UserId> who_know(UserId viewer, const std::vector<UserId>& users);
    std::optional<std::int64_t> oldest_item(ServerId server) const;
    std::vector<std::pair<Seq, EntrySignature>> signatures(const EntryRange& range) const;
    bool has_request(UserId user, ConversationId conversation) const;
    // Of strangers whom the user has not blocked.
    std::vector<StrangerRequest> requests(UserId user) const;
    bool is_waiting_for_recovery(ConversationId group) const { return recovering_.contains(group); }

    bool is_own_key(const PublicKey& key) override { return own_key_ == key; }
    const Server* server(ServerId server) override;
    const Server* server_labelled(std::string_view label_key) override;
    const Server* server_with_key(const PublicKey& key) override;
    std::vector<ServerId> servers() override;
    ServerId insert_server(const Server& server) override;
    void update_server(const Server& server) override;
    void delete_server(ServerId server) override;
    const FormerKey* former_key(const PublicKey& key) override;
    void put_former_key(const FormerKey& former) override;
    void delete_former_key(const PublicKey& key) override;
    void move_former_keys(ServerId from, ServerId to) override;

    std::int64_t epoch() override { return epoch_; }
    void set_epoch(std::int64_t epoch) override;
    LinkCounters counters(ServerId server) override;
    void set_counters(ServerId server, const LinkCounters& counters) override;

    void insert_item(ServerId to, const OutboxRow& row) override;
    std::optional<OutboxRow> item(ServerId to, const MessageId& id) override;
    void set_verdict(ServerId to, std::int64_t number, ItemVerdict verdict, ChatError why, bool is_given_up) override;
    std::vector<std::pair<std::int64_t, WallTime>> oldest_items(ServerId to, std::size_t items_max) override;
    void delete_items(ServerId to, std::int64_t upto) override;
    void renumber_items(ServerId to, std::int64_t offset) override;
    void move_items(ServerId from, ServerId to, std::int64_t offset) override;

    bool note_received(ServerId from, const MessageId& item) override;
    void forget_received(WallTime before, std::size_t items_max) override;

    std::optional<RequestRow> request(UserId user, UserId stranger) override;
    void put_request(UserId user, UserId stranger, const RequestRow& request) override;
    bool delete_request(UserId user, UserId stranger) override;
    void delete_requests_of(UserId user) override;

    bool is_closed(ConversationId group) override;
    bool is_recovering(ConversationId group) override { return recovering_.contains(group); }
    void set_recovering(ConversationId group, bool recovering) override;
    std::vector<ConversationId> recovering_groups() override;
    std::vector<ConversationId> shared_groups() override;
    std::size_t replica_count(ServerId home) override;
    void adopt_group(const Group& group) override;
    void put_group_origin(ConversationId group, const GroupOrigin& origin) override;
    void insert_signature(ConversationId group, Seq seq, const EntrySignature& signature) override;
    std::vector<GroupOrigin> signed_names(ConversationId group) override;

    std::optional<UserId> invited_by(ConversationId group, UserId user) override;
    void put_group_invitation(ConversationId group, UserId user, UserId by, const MessageId& item) override;
    void delete_group_invitation(ConversationId group, UserId user) override;
    void delete_group_invitation(const MessageId& item) override;

  private:
    using Outbox = std::map<std::int64_t, OutboxRow>;
    using Place = std::pair<ConversationId, UserId>;
    struct Invited {
        UserId by;
        MessageId item;
    };

    // Before `part` is changed: a rollback brings it back as it is.
    template <class Part>
    void about_to_change(Part& part);
    LinkCounters stored_counters(ServerId server) const;
    LinkProgress progress_of(ServerId server) const;
    OutboxItem item_of(const OutboxRow& row) const;

    MemoryTables& tables_;
    std::optional<PublicKey> own_key_;
    std::map<ServerId, Server> servers_;
    std::map<PublicKey, FormerKey> former_keys_;
    std::int64_t last_server_ = 0;
    std::int64_t epoch_ = 1;
    std::map<ServerId, LinkCounters> counters_;
    std::map<ServerId, Outbox> outbox_;
    std::map<std::pair<ServerId, MessageId>, std::int64_t> numbers_;  // of the items in it
    std::set<std::pair<ServerId, MessageId>> received_;
    std::map<std::pair<UserId, UserId>, RequestRow> requests_;
    std::set<ConversationId> recovering_;
    std::map<ConversationId, std::vector<GroupOrigin>> origins_;
    std::map<std::pair<ConversationId, Seq>, EntrySignature> signatures_;
    std::map<Place, Invited> invitations_;
};

}  // namespace obrol
