// The part of SqliteTables that is about other servers; see peer_tables.h. Servers, counters, the epoch and the groups
// that are closed here are few and asked for often: they are kept in memory, and counters that a batch changed are
// written once, at its end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/peer_tables.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/user_pair.h"

namespace obrol::sqlite {

class PeerTable final : public PeerTables {
  public:
    // The connection must outlive it. Of so many pairs of users it is known without asking that no request waits.
    PeerTable(Connection& connection, std::size_t cached_requests);
    ~PeerTable() override;

    void set_own_key(const PublicKey& key) { own_key_ = key; }
    // Before the transaction is committed.
    void flush();
    // After it was rolled back: what is kept in memory may be wrong.
    void forget();

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

    std::int64_t epoch() override;
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
    bool is_recovering(ConversationId group) override;
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

    // Tables::move_people.
    bool move_people(ServerId from, ServerId to, std::string_view label);
    // A group was made that is at home elsewhere.
    void note_replica(ConversationId group);

  private:
    struct Counted {
        LinkCounters counters;
        bool is_changed = false;
    };
    // Everything that is run on the file; made when it is needed first, since many servers are alone.
    struct Statements;

    Statements& statements();
    std::map<ServerId, Server>& known();
    std::map<PublicKey, FormerKey>& former_keys();
    std::unordered_set<ConversationId>& closed();
    Counted& counted(ServerId server);

    Connection& connection_;
    std::unique_ptr<Statements> statements_;
    std::optional<PublicKey> own_key_;
    // None: not read yet.
    std::optional<std::map<ServerId, Server>> servers_;
    std::optional<std::map<PublicKey, FormerKey>> former_keys_;
    std::optional<std::unordered_set<ConversationId>> closed_;
    std::optional<std::int64_t> epoch_;
    std::map<ServerId, Counted> counters_;
    FixedCache<UserPair, bool, UserPairHash> has_request_;  // the user, then the stranger
};

}  // namespace obrol::sqlite
