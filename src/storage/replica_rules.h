// The rules that decide changes of groups that several servers share (peer_changes.h); part of change_rules.h.
#pragma once

#include <optional>

#include "storage/change.h"
#include "storage/group_rules.h"
#include "storage/peer_rules.h"
#include "storage/tables.h"

namespace obrol {

class ReplicaRules {
  public:
    // All must outlive it.
    ReplicaRules(Tables& tables, PeerRules& queue, GroupRules& groups)
        : tables_(tables), peers_(tables.peers()), queue_(queue), groups_(groups) {}

    ChangeResult operator()(const ReplicateGroup& change);
    ChangeResult operator()(const AppendReplica& change);
    ChangeResult operator()(const InviteRemote& change);
    ChangeResult operator()(const AcceptInvitation& change);
    ChangeResult operator()(const EndRecovery& change);
    ChangeResult operator()(const AdoptGroup& change);

  private:
    class Follower;

    std::optional<ChatError> refusal_of(const AppendReplica& change);

    Tables& tables_;
    PeerTables& peers_;
    PeerRules& queue_;
    GroupRules& groups_;
};

}  // namespace obrol
