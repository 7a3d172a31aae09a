// The rules that decide changes about other servers (peer_changes.h); part of change_rules.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "storage/change.h"
#include "storage/tables.h"

namespace obrol {

class PeerRules {
  public:
    // `tables` must outlive it.
    explicit PeerRules(Tables& tables) : tables_(tables), peers_(tables.peers()) {}

    ChangeResult operator()(const AddKnownServer& change);
    ChangeResult operator()(const MeetServer& change);
    ChangeResult operator()(const SetServerState& change);
    ChangeResult operator()(const SetServerAddress& change);
    ChangeResult operator()(const RotateServerKey& change);
    ChangeResult operator()(const ForgetServer& change);
    ChangeResult operator()(const MeetUser& change);
    ChangeResult operator()(const AcknowledgeOutbox& change);
    ChangeResult operator()(const BounceItem& change);
    ChangeResult operator()(const PruneOutbox& change);
    ChangeResult operator()(const BeginEpoch& change);
    ChangeResult operator()(const AcceptStranger& change);

    // Whether so many items more may be queued: unknown_server, server_not_connected, queue_full.
    std::optional<ChatError> refusal_of_queueing(ServerId to, std::size_t items, std::size_t queue_max);
    bool has_room(ServerId to, std::size_t items, std::size_t queue_max);  // 0: any number
    // Gives the row its number.
    void queue(ServerId to, OutboxRow row);

    // Where an item of that place stands in what was taken from the server.
    enum class Order { next, behind, gap };
    Order order_of(ServerId from, const OutboxPlace& place, std::int64_t first);
    void move_on(const Receive& item);

    // Whether `sender`, of another server, is a stranger to the receiver, and, if so, why he may not write any more.
    struct Strangeness {
        bool is_stranger = false;
        std::optional<ChatError> refusal;
    };
    Strangeness strangeness_of(UserId sender, UserId to, std::size_t messages_max);
    // The entry waits to be accepted.
    void note_request(const EntryHeader& entry, UserId to);

  private:
    ChangeResult meet_expected(const MeetServer& change, const Server& expected);
    std::optional<ChatError> refusal_of_naming(const MeetServer& change);
    Server come_true(const MeetServer& change, Server named);
    Server come_back(const MeetServer& change, Server forgotten);
    Server merge(Server dialled, Server met);
    void absorb(const Server& other, Server& server);
    void free_from_named(const std::string& label);
    void move_named(ServerId from, ServerId to);
    void take_queue(ServerId from, ServerId to);
    std::string free_label(const std::string& label, const PublicKey& key);
    std::string group_of(const OutboxRow& row, ServerId server);

    Tables& tables_;
    PeerTables& peers_;
};

}  // namespace obrol
