// The rules that decide changes of groups that several servers share (peer_changes.h); part of change_rules.h.
#pragma once

#include <optional>
#include <vector>

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

    // The homes of the groups that the user is a member of, and that are at home elsewhere, are asked to let him go,
    // whenever that is; whatever the queue's limit. Which servers those are.
    std::vector<ServerId> ask_to_leave_all(UserId user, const MessageId& id, WallTime at);

  private:
    class Follower;

    std::optional<ChatError> refusal_of(const AppendReplica& change);

    Tables& tables_;
    PeerTables& peers_;
    PeerRules& queue_;
    GroupRules& groups_;
};

}  // namespace obrol
