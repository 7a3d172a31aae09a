// The part of SqliteTables that is about groups; see tables.h. Who is a member of what is answered from a cache, so
// that a post in a group needs no look-up in the file.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "model/group.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/fixed_cache.h"

namespace obrol::sqlite {

class GroupTable {
  public:
    // The connection must outlive it.
    GroupTable(Connection& connection, std::size_t cached_members);

    // After a rollback: what the cache holds may be wrong.
    void forget() { members_.clear(); }

    std::optional<ConversationId> find_by_key(std::string_view id_key);
    std::optional<ConversationId> find_by_code(std::string_view code);
    std::optional<Group> find(ConversationId conversation);
    ConversationId insert(const Group& group);
    void update(const Group& group);
    // An entry of kind `member` was written.
    void note_change(ConversationId group, Seq seq);

    std::optional<GroupMember> member(ConversationId group, UserId user);
    std::size_t size(ConversationId group);
    std::vector<UserId> members(ConversationId group);
    std::optional<GroupMember> oldest_member(ConversationId group, GroupRole role);
    std::vector<ConversationId> groups_of(UserId user);
    std::size_t group_count(UserId user);
    void insert_member(ConversationId group, const GroupMember& member);
    void set_role(ConversationId group, UserId user, GroupRole role);
    void delete_member(ConversationId group, UserId user, Seq left);

    bool is_banned(ConversationId group, UserId user);
    void set_banned(ConversationId group, UserId user, bool banned);

  private:
    using Place = std::pair<ConversationId, UserId>;
    struct PlaceHash {
        std::size_t operator()(const Place& place) const {
            return mix(mix(static_cast<std::uint64_t>(place.first.value)) +
                       static_cast<std::uint64_t>(place.second.value));
        }
    };

    Connection& connection_;
    Statement find_by_key_;
    Statement find_by_code_;
    Statement find_;
    Statement insert_conversation_;
    Statement insert_;
    Statement update_;
    Statement note_change_;
    Statement member_;
    Statement size_;
    Statement count_members_;
    Statement all_members_;
    Statement oldest_member_;
    Statement groups_of_;
    Statement group_count_;
    Statement insert_member_;
    Statement insert_cursors_;
    Statement begin_interval_;
    Statement set_role_;
    Statement delete_member_;
    Statement end_interval_;
    Statement is_banned_;
    Statement ban_;
    Statement unban_;

    FixedCache<Place, std::optional<GroupMember>, PlaceHash> members_;  // none: he is none
};

}  // namespace obrol::sqlite
