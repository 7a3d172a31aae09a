// The part of Reader that is about other servers. Needs a transaction of its own where it is said here.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/entry_rows.h"
#include "storage/store.h"

namespace obrol::sqlite {

class PeerReader {
  public:
    // Both must outlive it.
    PeerReader(Connection& connection, EntryRows& entries);

    std::vector<Server> servers();
    std::vector<FormerKey> former_keys();
    // Within a read transaction, as the next two.
    std::vector<LinkProgress> progress();
    std::vector<OutboxItem> outbox(ServerId server, std::int64_t after, std::size_t items_max, std::size_t bytes_max);
    std::vector<OutboxItem> late_items(ServerId server, WallTime before, bool is_final, std::size_t items_max);
    std::vector<StrangerRequest> requests(UserId user);
    std::optional<OutboxFate> fate(ServerId server, const MessageId& item);
    // Within a read transaction.
    std::vector<UserId> who_know(UserId viewer, const std::vector<UserId>& users);
    std::optional<std::int64_t> oldest_item(ServerId server);
    // The conversations of the user that wait as requests.
    std::unordered_set<ConversationId> waiting(UserId user);

    // Groups at home here that somebody of that server is or was a member of; or those at home there.
    std::vector<Group> shared_groups(ServerId server, bool at_home_there);
    std::vector<ServerId> servers_of(ConversationId group);
    Seq shared_upto(ServerId server, ConversationId group);
    bool is_recovering(ConversationId group);
    std::vector<std::pair<ConversationId, GroupOrigin>> group_origins();
    std::vector<std::pair<Seq, EntrySignature>> signatures(ConversationId group, SeqSpan span);

  private:
    Connection& connection_;
    EntryRows& entries_;
    Statement waiting_;
    Statement servers_;
    Statement former_keys_;
    Statement counters_;
    Statement queued_at_;
    Statement given_up_;
    Statement fate_;
    Statement knows_;
    Statement outbox_;
    Statement late_;
    Statement oldest_;
    Statement requests_;
    Statement shared_;
    Statement at_home_there_;
    Statement servers_of_;
    Statement shared_upto_;
    Statement recovering_;
    Statement origins_;
    Statement signatures_;
};

}  // namespace obrol::sqlite
